"use client";

import { useState } from "react";
import { EffectBadge } from "@/components/policy/effect-badge";
import { EffectChoice } from "@/components/policy/effect-choice";
import * as texts from "@/components/policy/opened-texts";
import { Badge } from "@/components/ui/badge";
import { Checkbox, Input } from "@/components/ui/input";
import type { JudgedTool, PolicyTools } from "@/lib/api-types";
import {
  type ArgumentRule,
  type Effect,
  type PolicyDocument,
  withTool,
} from "@/lib/policy-document";
import { EFFECT_WORDS, ruleWords, toolTitle } from "@/lib/policy-words";

const GROUPS = [
  ["reading", texts.reading],
  ["writing", texts.writing],
  ["deleting", texts.deleting],
] as const;

/** Every tool with what it gets: from the preset, or set for it. Owners change it. */
export function ToolTable({
  tools,
  draft,
  onDraft,
}: {
  tools: PolicyTools;
  draft: PolicyDocument;
  /** null: only to be looked at. */
  onDraft: ((draft: PolicyDocument) => void) | null;
}) {
  const [words, setWords] = useState("");
  const [onlySet, setOnlySet] = useState(false);
  const wanted = words.trim().toLowerCase();
  const isSet = (tool: string) => draft.tools !== undefined && Object.hasOwn(draft.tools, tool);
  const suits = ({ tool }: JudgedTool) =>
    `${tool} ${toolTitle(tool)}`.toLowerCase().includes(wanted) && (!onlySet || isSet(tool));
  const found = tools.tools.filter(suits);
  const rules = [
    ...(tools.preset_arguments as unknown as ArgumentRule[]),
    ...(draft.arguments ?? []),
  ];

  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 pt-4 pb-3">
        <Input
          type="search"
          aria-label={texts.searchTools}
          placeholder={texts.searchTools}
          className="min-w-0 flex-1 basis-48"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <Checkbox
          label={texts.onlyWhatWasSet}
          checked={onlySet}
          onChange={(event) => setOnlySet(event.target.checked)}
        />
      </div>
      {found.length === 0 && (
        <p className="py-6 text-sm text-ink-soft" role="status">
          {onlySet && wanted === "" ? texts.noToolIsSetAll : texts.noToolFitsThis}
        </p>
      )}
      {GROUPS.map(([kind, title]) => {
        const these = found.filter((one) => one.kind === kind);
        if (these.length === 0) return null;
        return (
          <section key={kind} aria-labelledby={`tools-${kind}`} className="pb-4">
            <h3
              id={`tools-${kind}`}
              className="border-b border-line py-2 text-[0.8125rem] font-semibold text-ink-soft"
            >
              {title} ({these.length})
            </h3>
            <ul className="divide-y divide-line">
              {these.map((one) => (
                <ToolRow
                  key={one.tool}
                  one={one}
                  effect={isSet(one.tool) ? draft.tools?.[one.tool] : undefined}
                  rules={rules.filter(({ tool }) => tool === one.tool)}
                  onChoose={onDraft && ((effect) => onDraft(withTool(draft, one, effect)))}
                />
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

function ToolRow({
  one,
  effect,
  rules,
  onChoose,
}: {
  one: JudgedTool;
  /** What is set for it; undefined where it inherits. */
  effect: Effect | undefined;
  rules: ArgumentRule[];
  onChoose: ((effect: Effect) => void) | null;
}) {
  const title = toolTitle(one.tool);
  // Without a policy nothing is inherited yet: what holds is what is shown.
  const now = effect ?? (one.rule === "" ? one.effect : one.inherited);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5">
      <div className="min-w-0 flex-1 basis-52">
        <p className="flex flex-wrap items-center gap-x-2 text-sm font-medium">
          <span className="min-w-0 break-words">{title}</span>
          {one.is_new && <Badge tone="warn">{texts.newIt}</Badge>}
        </p>
        <p className="font-mono text-xs break-all text-ink-soft">{one.tool}</p>
        {effect && (
          <p className="text-[0.8125rem] text-ink-soft">
            {texts.setHereWithout(EFFECT_WORDS[one.inherited].toLowerCase())}
          </p>
        )}
        {rules.map((rule) => (
          <p key={JSON.stringify(rule)} className="text-[0.8125rem] break-words text-ink-soft">
            {texts.but(ruleWords(rule))}
          </p>
        ))}
      </div>
      {onChoose ? (
        <EffectChoice tool={one.tool} label={title} value={now} onChoose={onChoose} />
      ) : (
        <EffectBadge effect={now} />
      )}
    </li>
  );
}
