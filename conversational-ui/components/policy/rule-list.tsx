import * as texts from "@/components/policy/opened-texts";
import { Badge } from "@/components/ui/badge";
import type { PolicyTools, PolicyWarning } from "@/lib/api-types";
import type { ArgumentRule, PolicyDocument } from "@/lib/policy-document";
import { callerWords, ruleWords, toolTitle, warningWords } from "@/lib/policy-words";

/** Rules about arguments, and what is narrower for tokens, in words. */
export function RuleList({
  tools,
  draft,
  warnings,
  isOwner,
}: {
  tools: PolicyTools;
  draft: PolicyDocument;
  /** Of the policy that is set, which has the same callers. */
  warnings: readonly PolicyWarning[];
  isOwner: boolean;
}) {
  const ofPreset = tools.preset_arguments as unknown as ArgumentRule[];
  const own = draft.arguments ?? [];
  const callers = draft.callers ?? [];
  return (
    <div className="flex flex-col gap-6 py-4">
      <section aria-labelledby="rules-title">
        <h3 id="rules-title" className="text-sm font-semibold">
          {texts.byWhatACallSays}
        </h3>
        <p className="mt-0.5 text-[0.8125rem] text-ink-soft">{texts.theStricterOfARule}</p>
        {own.length + ofPreset.length === 0 ? (
          <p className="mt-3 text-sm text-ink-soft">{texts.thereAreNoRules}</p>
        ) : (
          <ul className="mt-2 divide-y divide-line">
            {own.map((rule) => (
              <Rule key={JSON.stringify(rule)} rule={rule} />
            ))}
            {ofPreset.map((rule) => (
              <Rule key={JSON.stringify(rule)} rule={rule} isOfPreset />
            ))}
          </ul>
        )}
      </section>
      <section aria-labelledby="callers-title">
        <h3 id="callers-title" className="text-sm font-semibold">
          {texts.narrowerForTokens}
        </h3>
        {callers.length === 0 ? (
          <p className="mt-1 text-sm text-ink-soft">{texts.nothingWhatHolds}</p>
        ) : (
          <ul className="mt-2 divide-y divide-line">
            {callers.map((caller, index) => {
              const { who, says } = callerWords(caller);
              const unknown = warnings.find(({ place }) => place.startsWith(`callers[${index}].`));
              return (
                <li key={JSON.stringify(caller)} className="py-2.5 text-sm">
                  <p className="font-medium break-words">{who}</p>
                  {says.map((one) => (
                    <p key={one} className="break-words text-ink-soft">
                      {one}.
                    </p>
                  ))}
                  {unknown && (
                    <p className="break-words text-warn">{texts.now(warningWords(unknown))}</p>
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </section>
      {isOwner && (
        <p className="text-[0.8125rem] text-ink-soft">
          {texts.theseRulesAreWritten(<span className="font-medium">{texts.json}</span>)}
        </p>
      )}
    </div>
  );
}

function Rule({ rule, isOfPreset = false }: { rule: ArgumentRule; isOfPreset?: boolean }) {
  return (
    <li className="py-2.5 text-sm">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
        {toolTitle(rule.tool)}
        {isOfPreset && <Badge>{texts.ofThePreset}</Badge>}
      </p>
      <p className="break-words text-ink-soft first-letter:uppercase">
        {rule.name && `${rule.name}: `}
        {ruleWords(rule)}.
      </p>
    </li>
  );
}
