import { bodyOf, identifier, route } from "@/lib/server/route";
import { invitationMailSchema } from "@/lib/server/schemas";
import { inviteByMail, mailedInvitations } from "@/lib/server/spaces";

/** For owners: whether the gateway sends invitations by e-mail, and where to. */
export const GET = route<{ spaceId: string }>(({ person, params }) =>
  mailedInvitations(person, identifier(params.spaceId, "spaceId")),
);

/** Sends one now. The answer says what the mail server said. */
export const POST = route<{ spaceId: string }>(async ({ request, person, params }) =>
  inviteByMail(
    person,
    identifier(params.spaceId, "spaceId"),
    await bodyOf(request, invitationMailSchema),
  ),
);
