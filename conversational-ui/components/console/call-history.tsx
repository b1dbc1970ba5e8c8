"use client";

import { RotateCw, Trash2 } from "lucide-react";
import { JsonBlock } from "@/components/chat/json-block";
import { ToolResultView } from "@/components/chat/tool-result";
import * as texts from "@/components/console/opened-texts";
import { CallLines, RawMessages } from "@/components/console/raw-messages";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { duration, type FinishedCall, outcomeOf, servedWords } from "@/lib/console/calls";

/** What was run here in this browser, the latest first. */
export function CallHistory({
  calls,
  gatewayUrl,
  spaceId,
  onAgain,
  onForget,
}: {
  calls: FinishedCall[];
  gatewayUrl: string;
  spaceId: string;
  onAgain: (call: FinishedCall) => void;
  onForget: () => void;
}) {
  return (
    <section aria-labelledby="call-history">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <div>
          <h2 id="call-history" className="text-base font-semibold">
            {texts.history}
          </h2>
          <p className="text-[0.8125rem] text-ink-soft">{texts.yourLatestCalls}</p>
        </div>
        <Button variant="ghost" size="sm" onClick={onForget}>
          <Trash2 aria-hidden="true" />
          {texts.clearHistory}
        </Button>
      </div>
      <ol className="mt-3 divide-y divide-line rounded-xl border border-line bg-raised">
        {calls.map((call) => (
          <li key={call.id}>
            <details>
              <Summary call={call} />
              <div className="flex flex-col gap-2.5 px-4 pb-4">
                <JsonBlock label={texts.argumentsIt} value={call.input} />
                <Outcome call={call} />
                <RawMessages messages={call.messages} />
                <div className="flex flex-wrap gap-2">
                  <Button variant="outline" size="sm" onClick={() => onAgain(call)}>
                    <RotateCw aria-hidden="true" />
                    {texts.fillInAgain}
                  </Button>
                  <CallLines call={call} gatewayUrl={gatewayUrl} spaceId={spaceId} />
                </div>
              </div>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Summary({ call }: { call: FinishedCall }) {
  const { label, tone } = outcomeOf(call.end);
  const served = servedWords(call.end);
  return (
    <summary className="flex list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm hover:bg-hover/60 [&::-webkit-details-marker]:hidden">
      <span className="min-w-0 flex-1 truncate font-medium">{call.title}</span>
      <Badge tone={tone}>{label}</Badge>
      {served && <span className="text-[0.8125rem] text-ink-soft">{served}</span>}
      <span className="text-[0.8125rem] text-ink-soft tabular-nums">
        {duration(call.milliseconds)}
      </span>
      <span className="text-[0.8125rem] text-ink-soft">
        <Time at={call.at} />
      </span>
    </summary>
  );
}

function Outcome({ call }: { call: FinishedCall }) {
  if (call.isShortened) {
    return <p className="text-sm text-ink-soft">{texts.thisWasTooLarge}</p>;
  }
  return call.end.kind === "result" ? (
    <ToolResultView result={call.end.result} />
  ) : (
    <p className="text-sm text-bad">{call.end.problem.title}.</p>
  );
}
