import { cn } from "@/lib/cn";
import { EFFECTS, type Effect } from "@/lib/policy-document";
import { EFFECT_WORDS } from "@/lib/policy-words";

const CHOSEN: Record<Effect, string> = {
  allow: "has-checked:bg-good-wash has-checked:text-good",
  ask: "has-checked:bg-warn-wash has-checked:text-warn",
  block: "has-checked:bg-bad-wash has-checked:text-bad",
};

/** Allow, ask or block, side by side. */
export function EffectChoice({
  tool,
  label,
  value,
  onChoose,
}: {
  tool: string;
  label: string;
  value: Effect;
  onChoose: (effect: Effect) => void;
}) {
  return (
    <fieldset className="relative flex shrink-0 rounded-lg border border-line-strong p-0.5">
      <legend className="sr-only">{label}</legend>
      {EFFECTS.map((effect) => (
        <label
          key={effect}
          className={cn(
            "relative rounded-md px-2.5 py-1 text-[0.8125rem] text-ink-soft transition-colors hover:bg-hover has-checked:font-medium",
            "has-focus-visible:outline-2 has-focus-visible:outline-accent",
            CHOSEN[effect],
          )}
        >
          <input
            type="radio"
            name={`effect-${tool}`}
            value={effect}
            checked={value === effect}
            onChange={() => onChoose(effect)}
            className="absolute inset-0 size-full cursor-pointer opacity-0"
          />
          {EFFECT_WORDS[effect]}
        </label>
      ))}
    </fieldset>
  );
}
