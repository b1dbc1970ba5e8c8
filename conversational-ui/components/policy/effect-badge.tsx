import { Badge } from "@/components/ui/badge";
import type { Effect } from "@/lib/policy-document";
import { EFFECT_WORDS } from "@/lib/policy-words";

const TONES = { allow: "good", ask: "warn", block: "bad" } as const;

/** What a tool gets, for who only looks. */
export const EffectBadge = ({ effect }: { effect: Effect }) => (
  <Badge tone={TONES[effect]}>{EFFECT_WORDS[effect]}</Badge>
);
