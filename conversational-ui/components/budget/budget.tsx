"use client";

import { Gauge, RotateCw } from "lucide-react";
import { type ReactNode, useTransition } from "react";
import * as texts from "@/components/budget/texts";
import { PROGRESS_LOOK } from "@/components/chat/progress-look";
import { Button } from "@/components/ui/button";
import type { NotionStatus } from "@/lib/api-types";
import { budgetView } from "@/lib/budget";
import { cn } from "@/lib/cn";

/** What Notion grants a connection in a minute: how much is used, what waits, what was refused. */
export default function Budget({
  budget,
  onLook,
}: {
  budget: NonNullable<NotionStatus["budget"]>;
  onLook: () => Promise<unknown>;
}) {
  const [pending, startTransition] = useTransition();
  const { tone, title, text, used } = budgetView(budget);
  return (
    <section aria-label={texts.budget} className="border-t border-line px-5 py-4 text-sm">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="flex min-w-0 flex-1 basis-60 gap-3">
          <Gauge
            className={cn(
              "mt-0.5 size-4.5 shrink-0",
              tone === "busy" ? "text-warn" : "text-ink-soft",
            )}
            aria-hidden="true"
          />
          <div className="min-w-0">
            <p className="font-medium">{title}</p>
            <p className="mt-0.5 text-ink-soft">{text}</p>
          </div>
        </div>
        <Button
          variant="outline"
          size="sm"
          busy={pending}
          onClick={() =>
            startTransition(async () => {
              await onLook();
            })
          }
        >
          {!pending && <RotateCw aria-hidden="true" />}
          {texts.lookAgain}
        </Button>
      </div>
      {budget.is_paced && budget.limit !== null && (
        <progress
          aria-label={texts.usedOfWhatNotion}
          value={Math.min(budget.used, budget.limit)}
          max={budget.limit}
          className={cn(PROGRESS_LOOK, "mt-3 block h-1.5 w-full")}
        />
      )}
      <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <Fact name={texts.used}>{used}</Fact>
        <Fact name={texts.waiting}>{budget.waiting}</Fact>
        <Fact name={texts.refusedByNotion}>{budget.refused_by_notion}</Fact>
        <Fact name={texts.refusedHere}>{budget.refused}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-[0.8125rem] text-ink-soft">{name}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  );
}
