import { identifier, route } from "@/lib/server/route";
import { endNamedShare } from "@/lib/server/shared";

/** Ends anybody's share, for owners of the space. */
export const DELETE = route<{ spaceId: string; shareId: string }>(({ person, params }) =>
  endNamedShare(
    person,
    identifier(params.spaceId, "spaceId"),
    identifier(params.shareId, "shareId"),
  ),
);
