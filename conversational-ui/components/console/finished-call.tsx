import type { Route } from "next";
import { useMemo } from "react";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import { SourceChips } from "@/components/chat/source-chips";
import { ToolResultView } from "@/components/chat/tool-result";
import * as texts from "@/components/console/opened-texts";
import { CallLines, RawMessages } from "@/components/console/raw-messages";
import { Fault } from "@/components/fault";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import { needsConsent } from "@/lib/chat/failures";
import { sourcesIn } from "@/lib/chat/sources";
import { dataOf, faultIn, textOf } from "@/lib/chat/tool";
import { duration, type FinishedCall, outcomeOf, servedWords } from "@/lib/console/calls";

/** What came of a call: its result, or what to do about its failure. */
export function FinishedCallView({
  call,
  space,
  gatewayUrl,
  returnPath,
  onAgain,
}: {
  call: FinishedCall;
  space: Space;
  gatewayUrl: string;
  returnPath: Route;
  onAgain: () => void;
}) {
  const { end } = call;
  const { label, tone } = outcomeOf(end);
  const served = servedWords(end);
  const sources = useMemo(
    () => (end.kind === "result" && !end.result.isError ? sourcesIn(dataOf(end.result)) : []),
    [end],
  );
  if (end.kind === "problem" && end.problem.reason !== "cancelled") {
    if (needsConsent(end.problem)) {
      return <ReconnectCard space={space} problem={end.problem} returnPath={returnPath} />;
    }
    return (
      <>
        <Fault
          problem={end.problem}
          actions={
            <Button variant="outline" size="sm" onClick={onAgain}>
              {texts.tryAgain}
            </Button>
          }
        />
        <RawMessages messages={call.messages} />
      </>
    );
  }
  return (
    <>
      <p className="flex items-center gap-2.5 text-sm text-ink-soft">
        <Badge tone={tone}>{label}</Badge>
        <span>{texts.after(duration(call.milliseconds), served && `, ${served}`)}</span>
      </p>
      {end.kind === "result" && (
        <>
          {end.result.isError && (
            <p className="text-sm break-words text-bad">{faultIn(textOf(end.result))}</p>
          )}
          <SourceChips sources={sources} />
          <ToolResultView result={end.result} />
        </>
      )}
      <RawMessages messages={call.messages} />
      <div className="flex flex-wrap gap-2">
        <CallLines call={call} gatewayUrl={gatewayUrl} spaceId={space.space_id} />
      </div>
    </>
  );
}
