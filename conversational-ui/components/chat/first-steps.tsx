"use client";

import { ArrowRight, Check } from "lucide-react";
import useSWR from "swr";
import * as texts from "@/components/chat/texts";
import { PageLink } from "@/components/shell/going";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Space } from "@/lib/api-types";
import { ask } from "@/lib/ask";
import type { Owner } from "@/lib/chat/conversations";
import { listKept } from "@/lib/chat/kept-conversations";
import { MESSAGE_FIELD } from "@/lib/chat/shortcuts";
import { cn } from "@/lib/cn";
import {
  areHidden,
  type Begun,
  firstSteps,
  hideSteps,
  knowsTheirWay,
  type Step,
  stepPath,
} from "@/lib/first-steps";
import { spaceApi } from "@/lib/space-paths";

/** Null where the person wants to see none of it, or needs none. */
async function looked(owner: Owner, path: string) {
  if (areHidden(owner)) return null;
  const { length: conversations } = (await listKept(owner)).conversations;
  if (knowsTheirWay(conversations)) return null;
  return { begun: await ask<Begun>(path), conversations };
}

/** What to do first in a space, and how much of it is done. Nothing where nobody can say. */
export default function FirstSteps({
  owner,
  space,
  isConnected,
  hasChat = true,
}: {
  owner: Owner;
  space: Space;
  isConnected: boolean;
  /** Whether there is a model to ask. */
  hasChat?: boolean;
}) {
  const path = spaceApi(space.space_id, "/first-steps");
  const { data, mutate } = useSWR([path, owner.userId], () => looked(owner, path), {
    revalidateOnFocus: false,
    shouldRetryOnError: false,
  });
  if (!data) return null;
  const { begun, conversations } = data;
  const steps = firstSteps(space, begun, { isConnected, conversations, hasChat });
  if (steps.length === 0) return null;
  const next = steps.find(({ isDone }) => !isDone);
  return (
    <Card aria-labelledby="first-steps" className="text-sm">
      <div className="flex items-center justify-between gap-3 border-b border-line py-2 pr-2 pl-4">
        <h2 id="first-steps" className="font-medium">
          {texts.firstStepsIn(space.name)}
        </h2>
        <Button
          variant="ghost"
          size="sm"
          onClick={() => {
            hideSteps(owner);
            void mutate(null, { revalidate: false });
            document.getElementById(MESSAGE_FIELD)?.focus();
          }}
        >
          {texts.hide}
          <span className="sr-only">{texts.theFirstSteps}</span>
        </Button>
      </div>
      <ol className="p-1.5">
        {steps.map((step) => (
          <li key={step.title} aria-current={step === next ? "step" : undefined}>
            <Row space={space} step={step} isNext={step === next} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Row({ space, step, isNext }: { space: Space; step: Step; isNext: boolean }) {
  const { title, hint, isDone } = step;
  const there = isDone ? null : stepPath(space, step);
  const told = (
    <>
      <span
        aria-hidden="true"
        className={cn(
          "mt-0.5 grid size-4.5 shrink-0 place-items-center rounded-full border",
          isDone ? "border-good/40 bg-good-wash text-good" : "border-line-strong",
        )}
      >
        {isDone && <Check className="size-3" />}
      </span>
      <span className="min-w-0 flex-1">
        <span className={cn("block", isNext && "font-medium", isDone && "text-ink-soft")}>
          {title}
          {isDone && <span className="sr-only">{texts.stepIsDone}</span>}
        </span>
        {!isDone && <span className="block text-[0.8125rem] text-ink-soft">{hint}</span>}
      </span>
    </>
  );
  const row = "flex items-start gap-3 rounded-lg px-2.5 py-2";
  if (there === null) return <div className={row}>{told}</div>;
  return (
    <PageLink
      href={there}
      name={title}
      prefetch={false}
      className={cn(row, "group transition-colors hover:bg-hover")}
    >
      {told}
      <ArrowRight
        className="mt-0.5 size-4 shrink-0 text-ink-faint group-hover:text-ink"
        aria-hidden="true"
      />
    </PageLink>
  );
}
