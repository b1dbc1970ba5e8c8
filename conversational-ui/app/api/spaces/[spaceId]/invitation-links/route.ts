import { identifier, route } from "@/lib/server/route";
import { makeInvitationLink } from "@/lib/server/spaces";

/** For owners: a link by which one person may join. */
export const POST = route<{ spaceId: string }>(
  ({ person, params }) => makeInvitationLink(person, identifier(params.spaceId, "spaceId")),
  { status: 201 },
);
