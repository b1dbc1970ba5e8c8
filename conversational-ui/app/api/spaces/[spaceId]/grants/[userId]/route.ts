import { disconnectMember } from "@/lib/server/notion";
import { identifier, route, userIdOfPath } from "@/lib/server/route";
import { forgetVerification } from "@/lib/server/verifications";

/** Destroys the tokens of a member's own connection. */
export const DELETE = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const userId = userIdOfPath(request);
  const done = await disconnectMember(person, spaceId, userId);
  forgetVerification(spaceId, { userId });
  return done;
});
