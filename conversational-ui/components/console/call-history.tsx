"use client";

import { RotateCw } from "lucide-react";
import { JsonBlock } from "@/components/chat/json-block";
import { ToolResultView } from "@/components/chat/tool-result";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { ToolEnd } from "@/lib/chat/run-tool";

export interface FinishedCall {
  id: string;
  tool: string;
  title: string;
  input: unknown;
  end: ToolEnd;
  /** ISO 8601. */
  at: string;
  milliseconds: number;
}

export function outcomeOf(end: ToolEnd): { label: string; tone: "good" | "bad" | "plain" } {
  if (end.kind === "result") {
    return end.result.isError
      ? { label: "The tool failed", tone: "bad" }
      : { label: "Done", tone: "good" };
  }
  return end.problem.reason === "cancelled"
    ? { label: "Cancelled", tone: "plain" }
    : { label: "Failed", tone: "bad" };
}

/** What was run since the page was opened, the latest first. */
export function CallHistory({
  calls,
  onAgain,
}: {
  calls: FinishedCall[];
  onAgain: (call: FinishedCall) => void;
}) {
  return (
    <section aria-labelledby="call-history">
      <h2 id="call-history" className="text-base font-semibold">
        Calls of this session
      </h2>
      <ol className="mt-3 divide-y divide-line rounded-xl border border-line bg-raised">
        {calls.map((call) => {
          const { label, tone } = outcomeOf(call.end);
          return (
            <li key={call.id}>
              <details>
                <summary className="flex list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm hover:bg-hover/60 [&::-webkit-details-marker]:hidden">
                  <span className="min-w-0 flex-1 truncate font-medium">{call.title}</span>
                  <Badge tone={tone}>{label}</Badge>
                  <span className="text-[0.8125rem] text-ink-soft tabular-nums">
                    {duration(call.milliseconds)}
                  </span>
                  <span className="text-[0.8125rem] text-ink-soft">
                    <Time at={call.at} />
                  </span>
                </summary>
                <div className="flex flex-col gap-2.5 px-4 pb-4">
                  <JsonBlock label="Arguments" value={call.input} />
                  {call.end.kind === "result" ? (
                    <ToolResultView result={call.end.result} />
                  ) : (
                    <p className="text-sm text-bad">{call.end.problem.title}.</p>
                  )}
                  <Button
                    variant="outline"
                    size="sm"
                    className="self-start"
                    onClick={() => onAgain(call)}
                  >
                    <RotateCw aria-hidden="true" />
                    Fill in again
                  </Button>
                </div>
              </details>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

export const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
