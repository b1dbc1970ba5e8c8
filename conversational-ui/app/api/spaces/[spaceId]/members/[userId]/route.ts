import { bodyOf, identifier, route, userIdOfPath } from "@/lib/server/route";
import { memberSchema } from "@/lib/server/schemas";
import { putMember, removeMember } from "@/lib/server/spaces";

interface Params {
  spaceId: string;
}

/** Invites, changes the role, or keeps who belongs by an issuer's word. */
export const PUT = route<Params>(async ({ request, person, params }) =>
  putMember(
    person,
    identifier(params.spaceId, "spaceId"),
    userIdOfPath(request),
    await bodyOf(request, memberSchema),
  ),
);

export const DELETE = route<Params>(({ request, person, params }) =>
  removeMember(person, identifier(params.spaceId, "spaceId"), userIdOfPath(request)),
);
