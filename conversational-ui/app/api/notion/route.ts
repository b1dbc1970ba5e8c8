import { disconnect, notionStatus } from "@/lib/server/notion";
import { route, spaceIdOf } from "@/lib/server/route";
import { forgetVerification } from "@/lib/server/verifications";

/** The connection of a space, as its history tells it. */
export const GET = route(({ request, person }) => notionStatus(person, spaceIdOf(request)));

/** Destroys the space's tokens. */
export const DELETE = route(async ({ request, person }) => {
  const spaceId = spaceIdOf(request);
  const done = await disconnect(person, spaceId);
  forgetVerification(spaceId);
  return done;
});
