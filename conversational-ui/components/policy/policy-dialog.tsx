"use client";

import { useRouter } from "next/navigation";
import { Tabs } from "radix-ui";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import * as texts from "@/components/policy/opened-texts";
import { PolicyHistory } from "@/components/policy/policy-history";
import { PolicyText } from "@/components/policy/policy-text";
import { RuleList } from "@/components/policy/rule-list";
import { ToolTable } from "@/components/policy/tool-table";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { useToast } from "@/components/ui/toast";
import type { PolicyTools, Space, SpacePolicy } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { documentOf, textOf, toolsChanged } from "@/lib/policy-document";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

const TABS = [
  ["tools", texts.tools],
  ["rules", texts.rules],
  ["json", "JSON"],
  ["history", texts.history],
] as const;

/** The policy behind its preset: each tool, the rules, the document itself, and who changed it. */
export default function PolicyDialog({
  space,
  policy,
  open,
  onOpenChange,
}: {
  space: Space;
  policy: SpacePolicy;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const router = useRouter();
  const toast = useToast();
  const path = spaceApi(space.space_id, "/policy");
  const { loaded, again } = useLoaded<PolicyTools>(`${path}/tools`);
  const isOwner = space.role === "owner";
  const saved = documentOf(policy);
  const [draft, setDraft] = useState(saved);
  /** What is being written as JSON; null while it is what ``draft`` says. */
  const [written, setWritten] = useState<string | null>(null);
  const [fault, setFault] = useState<Problem>();
  const [tab, setTab] = useState("tools");
  const [pending, startTransition] = useTransition();
  const changed = toolsChanged(saved, draft);
  const text = written ?? textOf(draft);
  const isChanged = written !== null || changed > 0;

  const discard = () => {
    setDraft(saved);
    setWritten(null);
    setFault(undefined);
  };
  const save = () =>
    startTransition(async () => {
      setFault(undefined);
      const body = { text, seen: policy.version };
      const done = await callApi<SpacePolicy>(path, { method: "PUT", body });
      if (!done.ok) {
        setFault(done.problem);
        if (done.problem.reason === "policy_invalid") setTab("json"); // which shows the line
        return;
      }
      toast({
        title: texts.thePolicyIsChanged,
        detail: done.value.warnings.length > 0 ? texts.someOfItsRules : texts.itHoldsWithinTwo,
      });
      onOpenChange(false);
      router.refresh();
    });

  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        className="flex h-[min(46rem,calc(100dvh-2rem))] max-w-2xl flex-col overflow-hidden p-0"
        // A click beside the dialog must not lose what was changed.
        onInteractOutside={(event) => isChanged && event.preventDefault()}
      >
        <DialogHead
          className="mb-0 pt-5 pr-12 pl-5 sm:pt-6 sm:pl-6"
          title={texts.whatMayBeCalledIn(space.name)}
        >
          {isOwner ? texts.allowAToolAskAPerson : texts.ownersOfTheSpace}
          {isOwner && policy.policy === null && texts.thereIsNoPolicy}
        </DialogHead>
        <Tabs.Root value={tab} onValueChange={setTab} className="mt-3 flex min-h-0 flex-1 flex-col">
          <Tabs.List
            aria-label={texts.partsOfThePolicy}
            className="flex gap-1 border-b border-line px-3 sm:px-4"
          >
            {TABS.map(([value, label]) => (
              <Tabs.Trigger
                key={value}
                value={value}
                className="-mb-px border-b-2 border-transparent px-2.5 py-2 text-sm text-ink-soft hover:text-ink data-[state=active]:border-ink data-[state=active]:font-medium data-[state=active]:text-ink"
              >
                {label}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <Part value="tools">
            {written === null ? (
              <WhenLoaded loaded={loaded} again={again} waiting={texts.lookingThroughTheTools}>
                {(tools) => (
                  <ToolTable tools={tools} draft={draft} onDraft={isOwner ? setDraft : null} />
                )}
              </WhenLoaded>
            ) : (
              <p className="py-6 text-sm text-ink-soft">{texts.thePolicyIsBeing}</p>
            )}
          </Part>
          <Part value="rules">
            <WhenLoaded loaded={loaded} again={again} waiting={texts.lookingThroughTheRules}>
              {(tools) => (
                <RuleList
                  tools={tools}
                  draft={draft}
                  warnings={policy.warnings}
                  isOwner={isOwner}
                />
              )}
            </WhenLoaded>
          </Part>
          <Part value="json">
            <PolicyText
              text={text}
              onText={isOwner ? setWritten : null}
              refusal={fault?.reason === "policy_invalid" ? (fault.detail ?? fault.title) : null}
            />
          </Part>
          <Part value="history">
            <PolicyHistory space={space} />
          </Part>
        </Tabs.Root>
        {isOwner && isChanged && (
          <div className="flex flex-col gap-3 border-t border-line px-5 py-3.5 sm:px-6">
            {fault && fault.reason !== "policy_invalid" && (
              <Fault
                problem={fault}
                actions={
                  fault.reason === "policy_changed" && (
                    <Button variant="outline" size="sm" onClick={() => router.refresh()}>
                      {texts.discardMineAndShow}
                    </Button>
                  )
                }
              />
            )}
            <div className="flex flex-wrap items-center justify-end gap-2">
              <p className="mr-auto text-sm text-ink-soft" role="status">
                {written !== null
                  ? texts.changedAsJson
                  : texts.changed(changed, changed === 1 ? texts.tool : texts.tools2)}
              </p>
              <Button variant="outline" onClick={discard} disabled={pending}>
                {texts.discard}
              </Button>
              <Button onClick={save} busy={pending}>
                {texts.save}
              </Button>
            </div>
          </div>
        )}
      </DialogContent>
    </Dialog>
  );
}

function Part({ value, children }: { value: string; children: React.ReactNode }) {
  return (
    <Tabs.Content value={value} className="min-h-0 flex-1 overflow-y-auto px-5 sm:px-6">
      {children}
    </Tabs.Content>
  );
}
