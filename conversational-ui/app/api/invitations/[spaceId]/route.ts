import { identifier, route } from "@/lib/server/route";
import { acceptInvitation, declineInvitation } from "@/lib/server/spaces";

interface Params {
  spaceId: string;
}

/** Accepts. */
export const POST = route<Params>(({ person, params }) =>
  acceptInvitation(person, identifier(params.spaceId, "spaceId")),
);

/** Declines. */
export const DELETE = route<Params>(({ person, params }) =>
  declineInvitation(person, identifier(params.spaceId, "spaceId")),
);
