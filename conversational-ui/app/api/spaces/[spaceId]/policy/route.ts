import { choosePreset, removePolicy } from "@/lib/server/policy";
import { bodyOf, identifier, route } from "@/lib/server/route";
import { policySchema } from "@/lib/server/schemas";

/** Chooses a preset, or none. */
export const PUT = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const { choice, seen } = await bodyOf(request, policySchema);
  return choice === "none"
    ? removePolicy(person, spaceId, seen)
    : choosePreset(person, spaceId, choice, seen);
});
