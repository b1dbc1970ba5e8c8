import { connectionMade, finishConsent } from "@/lib/server/notion";
import { bodyOf, route } from "@/lib/server/route";
import { finishSchema } from "@/lib/server/schemas";
import { forgetVerification } from "@/lib/server/verifications";

/** Finishes a consent in the name of whoever is signed in; only who started it can. */
export const POST = route(async ({ request, person }) => {
  const { state } = await bodyOf(request, finishSchema);
  const end = await finishConsent(person, state);
  const { spaceId, processId } = end;
  if (!spaceId || !processId) return { ...end, made: null };
  const made = await connectionMade(person, spaceId, processId);
  forgetVerification(spaceId, person);
  return { ...end, made };
});
