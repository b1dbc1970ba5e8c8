import { identifier, route } from "@/lib/server/route";
import { ownShares } from "@/lib/server/shared";

/** What the signed-in person shares in this space. */
export const GET = route<{ spaceId: string }>(({ person, params }) =>
  ownShares(person, identifier(params.spaceId, "spaceId")),
);
