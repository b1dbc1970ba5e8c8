import * as texts from "@/components/policy/texts";
import type { SpacePolicy } from "@/lib/api-types";
import { warningWords } from "@/lib/policy-words";

/** Of whom the policy names, those that the space does not have; nothing where it has all. */
export function PolicyWarnings({ warnings }: Pick<SpacePolicy, "warnings">) {
  if (warnings.length === 0) return null;
  return (
    <div className="mt-3 rounded-lg border border-warn/30 bg-warn-wash px-3.5 py-3 text-sm">
      <p className="font-medium text-warn">{texts.someRulesHoldForNobody}</p>
      <ul className="mt-1 flex flex-col gap-1">
        {warnings.map((one) => (
          <li key={one.place} className="break-words">
            <code className="text-[0.8125rem]">{one.place}</code>: {warningWords(one)}
          </li>
        ))}
      </ul>
    </div>
  );
}
