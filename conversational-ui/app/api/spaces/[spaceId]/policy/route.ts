import { choosePreset, removePolicy, setPolicy } from "@/lib/server/policy";
import { bodyOf, identifier, route } from "@/lib/server/route";
import { policySchema } from "@/lib/server/schemas";

/** Chooses a preset, or none, or sets a whole document. */
export const PUT = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const asked = await bodyOf(request, policySchema);
  if ("text" in asked) return setPolicy(person, spaceId, asked.text, asked.seen);
  return asked.choice === "none"
    ? removePolicy(person, spaceId, asked.seen)
    : choosePreset(person, spaceId, asked.choice, asked.seen);
});
