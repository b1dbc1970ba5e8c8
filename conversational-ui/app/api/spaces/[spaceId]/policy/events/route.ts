import { policyHistory } from "@/lib/server/policy";
import { BadRequest, identifier, route } from "@/lib/server/route";

/** Who changed the policy, when, and to what. ``before``: as the page before gave it. */
export const GET = route<{ spaceId: string }>(({ request, person, params }) => {
  const before = request.nextUrl.searchParams.get("before");
  if (before !== null && !/^\d{1,9}$/.test(before)) throw new BadRequest("before is malformed.");
  return policyHistory(person, identifier(params.spaceId, "spaceId"), before);
});
