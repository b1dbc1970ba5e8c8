import { bodyOf, route } from "@/lib/server/route";
import { invitationLinkSchema } from "@/lib/server/schemas";
import { lookAtInvitationLink } from "@/lib/server/spaces";

/** Where it leads; a POST, so that the secret is in no address. */
export const POST = route(async ({ request, person }) =>
  lookAtInvitationLink(person, await bodyOf(request, invitationLinkSchema)),
);
