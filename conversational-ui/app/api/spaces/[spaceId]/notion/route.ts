import { disconnect, spaceConnections } from "@/lib/server/notion";
import { identifier, route, whoseOf } from "@/lib/server/route";
import { forgetVerification } from "@/lib/server/verifications";

interface Params {
  spaceId: string;
}

/** The connections of a space, as their histories tell them, and which one serves the person. */
export const GET = route<Params>(({ person, params }) =>
  spaceConnections(person, identifier(params.spaceId, "spaceId")),
);

/** Destroys the tokens of the space's connection, or of the person's own there. */
export const DELETE = route<Params>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const done = await disconnect(person, spaceId, whoseOf(request));
  forgetVerification(spaceId, person);
  return done;
});
