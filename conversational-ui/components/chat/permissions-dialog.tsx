"use client";

import { useState } from "react";
import { KindBadge } from "@/components/chat/kind-badge";
import * as texts from "@/components/chat/opened-texts";
import { useTools } from "@/components/chat/use-tools";
import { Fault } from "@/components/fault";
import { Button, Spinner } from "@/components/ui/button";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Checkbox, Input, Select } from "@/components/ui/input";
import type { PolicyTools, Space } from "@/lib/api-types";
import type { PolicyChange } from "@/lib/chat/kept-policy";
import type { NotionTool } from "@/lib/chat/tool";
import {
  isOpen,
  RULES,
  type Rule,
  ruleFor,
  type ToolPolicy,
  withRule,
} from "@/lib/chat/tool-policy";
import { toolTitle } from "@/lib/policy-words";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

const isBlocked = ({ effect }: PolicyTools["tools"][number]) => effect === "block";
const WORDS: Record<Rule, string> = { allow: texts.allow, ask: texts.ask, block: texts.block };

/** Which tools may be used, and which ask first. */
export default function PermissionsDialog({
  space,
  policy,
  onPolicy,
  onClose,
}: {
  space: Space;
  policy: ToolPolicy;
  onPolicy: (change: PolicyChange) => void;
  onClose: () => void;
}) {
  const { list, again } = useTools(space.space_id);
  const { loaded } = useLoaded<PolicyTools>(spaceApi(space.space_id, "/policy/tools"));
  const blocked = loaded.state === "ready" ? loaded.value.tools.filter(isBlocked) : [];
  const [words, setWords] = useState("");
  const suits = ({ name, title }: NotionTool) =>
    `${name} ${title}`.toLowerCase().includes(words.trim().toLowerCase());
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent className="flex max-h-[min(44rem,calc(100dvh-2rem))] flex-col overflow-hidden p-0">
        <DialogHead className="mb-0 px-6 pt-6" title={texts.toolPermissions}>
          {texts.forYouInInThis(space.name)}
        </DialogHead>
        <div className="flex flex-col gap-4 px-6 py-4">
          <Checkbox
            label={texts.readOnly}
            hint={texts.nothingThatChanges}
            checked={policy.readOnly}
            onChange={(event) => {
              const readOnly = event.target.checked;
              onPolicy((now) => ({ ...now, readOnly }));
            }}
          />
          <div className="flex gap-2">
            <Input
              type="search"
              aria-label={texts.filterTools}
              placeholder={texts.filterTools}
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
            <Button
              variant="outline"
              disabled={Object.keys(policy.rules).length === 0}
              onClick={() => onPolicy((now) => ({ ...now, rules: {} }))}
            >
              {texts.reset}
            </Button>
          </div>
        </div>
        <div className="min-h-40 flex-1 overflow-y-auto border-t border-line px-6 py-2">
          {list.state === "loading" && (
            <p className="flex items-center gap-2.5 py-6 text-sm text-ink-soft" role="status">
              <Spinner />
              {texts.askingNotionForIts}
            </p>
          )}
          {list.state === "failed" && (
            <Fault
              problem={list.problem}
              className="my-3"
              actions={
                <Button variant="outline" size="sm" onClick={again}>
                  {texts.tryAgain}
                </Button>
              }
            />
          )}
          {list.state === "ready" && (
            <ul className="divide-y divide-line">
              {list.tools.filter(suits).map((tool) => (
                <li key={tool.name} className="flex items-center gap-3 py-2">
                  <span className="min-w-0 flex-1">
                    <span className="block text-sm font-medium break-words">{tool.title}</span>
                    <span className="block font-mono text-xs break-words text-ink-soft">
                      {tool.name}
                    </span>
                    <span className="block sm:hidden">
                      <KindBadge kind={tool.kind} />
                    </span>
                    {tool.space === "ask" && (
                      <span className="block text-[0.8125rem] text-ink-soft">
                        {texts.theSpaceHasEach}
                      </span>
                    )}
                  </span>
                  <span className="max-sm:hidden">
                    <KindBadge kind={tool.kind} />
                  </span>
                  <Select
                    aria-label={texts.permission(tool.title)}
                    className="w-24! shrink-0 pr-2!"
                    disabled={policy.readOnly && tool.kind !== "read"}
                    value={ruleFor(tool, policy)}
                    onChange={(event) => {
                      const rule = event.target.value as Rule;
                      onPolicy((now) => withRule(now, tool, rule));
                    }}
                  >
                    {RULES.map((rule) => (
                      <option key={rule} value={rule} disabled={!isOpen(tool, rule)}>
                        {WORDS[rule]}
                      </option>
                    ))}
                  </Select>
                </li>
              ))}
            </ul>
          )}
          {list.state === "ready" && blocked.length > 0 && (
            <section aria-labelledby="blocked-title" className="border-t border-line py-3">
              <h3 id="blocked-title" className="text-sm font-medium">
                {texts.blockedByTheSpace}
              </h3>
              <p className="text-[0.8125rem] break-words text-ink-soft">
                {blocked.map(({ tool }) => toolTitle(tool)).join(", ")}
              </p>
            </section>
          )}
        </div>
      </DialogContent>
    </Dialog>
  );
}
