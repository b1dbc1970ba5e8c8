import type { UIMessage } from "ai";
import { Play, RotateCw } from "lucide-react";
import type { Route } from "next";
import { useEffect, useState } from "react";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import * as texts from "@/components/chat/texts";
import type { FollowingState } from "@/components/chat/use-following";
import { Fault } from "@/components/fault";
import { useLookAfter } from "@/components/notion/use-connection";
import { Button, Spinner } from "@/components/ui/button";
import type { Space } from "@/lib/api-types";
import { endActions } from "@/lib/chat/end-actions";
import { pauseOf, SILENT_MILLISECONDS } from "@/lib/chat/pause";
import type { Problem } from "@/lib/problems";

const COMING: Record<FollowingState, string> = {
  none: "",
  looking: texts.lookingWhetherMore,
  following: "",
  elsewhere: texts.beingAnswered,
};

/** Below the last message: what is coming, or why nothing is, and what a person can do then. */
export function ConversationEnd({
  last,
  live,
  coming,
  elsewhere,
  problem,
  space,
  returnPath,
  onLeave,
  onContinue,
  onAgain,
}: {
  last: UIMessage | undefined;
  /** An answer comes here, word by word. */
  live: boolean;
  coming: FollowingState;
  /** Another tab of this browser reads it. */
  elsewhere: boolean;
  problem: Problem | null;
  space: Space;
  returnPath: Route;
  /** For a consent at Notion. */
  onLeave: () => Promise<void>;
  onContinue: () => void;
  onAgain: () => void;
}) {
  useLookAfter(space.space_id, problem !== null);
  if (live) return <Waiting message={last} />;
  if (elsewhere || coming !== "none") {
    return <Busy words={elsewhere ? texts.beingAnsweredInAnother : COMING[coming]} />;
  }
  const offered = endActions(last, problem);
  if (problem && offered.includes("reconnect")) {
    return (
      <ReconnectCard
        space={space}
        problem={problem}
        retries
        returnPath={returnPath}
        onLeave={onLeave}
      />
    );
  }
  const actions = (
    <>
      {offered.includes("continue") && (
        <Button variant="outline" size="sm" onClick={onContinue}>
          <Play aria-hidden="true" />
          {texts.continueIt}
        </Button>
      )}
      {offered.includes("again") && (
        <Button variant="outline" size="sm" onClick={onAgain}>
          <RotateCw aria-hidden="true" />
          {texts.tryAgainNow}
        </Button>
      )}
    </>
  );
  if (problem) return <Fault problem={problem} actions={actions} />;
  return offered.length > 0 && <div className="flex flex-wrap items-center gap-2">{actions}</div>;
}

const Busy = ({ words }: { words: string }) => (
  <p className="flex items-center gap-2.5 text-sm text-ink-soft">
    <Spinner /> {words}
  </p>
);

/** Says what is being done whenever nothing else does. */
function Waiting({ message }: { message: UIMessage | undefined }) {
  const pause = pauseOf(message);
  const isSilent = useSilence(message, pause === "writing");
  if (pause === "thinking") return <Busy words={texts.thinking} />;
  return isSilent ? <Busy words={texts.writing} /> : null;
}

/** Whether nothing has come to the message for a while. */
function useSilence(message: UIMessage | undefined, isCounted: boolean): boolean {
  const [silent, setSilent] = useState<UIMessage | undefined>();
  useEffect(() => {
    if (!isCounted) return;
    const timer = setTimeout(() => setSilent(message), SILENT_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [message, isCounted]);
  return isCounted && message !== undefined && silent === message;
}
