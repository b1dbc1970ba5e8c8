import { bodyOf, route } from "@/lib/server/route";
import { invitationLinkSchema } from "@/lib/server/schemas";
import { joinByLink } from "@/lib/server/spaces";

/** Joins by it. */
export const POST = route(async ({ request, person }) =>
  joinByLink(person, await bodyOf(request, invitationLinkSchema)),
);
