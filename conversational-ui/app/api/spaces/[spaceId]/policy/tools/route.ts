import { policyTools } from "@/lib/server/policy";
import { identifier, route } from "@/lib/server/route";
import { lastVerification } from "@/lib/server/verifications";

/** What the policy makes of each tool: of those that Notion listed last, too. */
export const GET = route<{ spaceId: string }>(async ({ person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const listed = (["shared", "personal"] as const).flatMap((whose) => {
    const last = lastVerification(spaceId, whose, person);
    return last?.ok ? last.tools.map(({ name }) => name) : [];
  });
  return policyTools(person, spaceId, [...new Set(listed)]);
});
