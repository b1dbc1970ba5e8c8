import { identifier, route } from "@/lib/server/route";
import { takeBackInvitationLink } from "@/lib/server/spaces";

interface Params {
  spaceId: string;
  linkId: string;
}

/** Takes it back. */
export const DELETE = route<Params>(({ person, params }) =>
  takeBackInvitationLink(
    person,
    identifier(params.spaceId, "spaceId"),
    identifier(params.linkId, "linkId"),
  ),
);
