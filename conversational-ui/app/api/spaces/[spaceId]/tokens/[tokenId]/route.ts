import { identifier, route } from "@/lib/server/route";
import { revokeToken } from "@/lib/server/spaces";

export const DELETE = route<{ spaceId: string; tokenId: string }>(({ person, params }) =>
  revokeToken(person, identifier(params.spaceId, "spaceId"), identifier(params.tokenId, "tokenId")),
);
