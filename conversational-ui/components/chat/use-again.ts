import type { UIMessage } from "ai";
import { type RefObject, useState } from "react";
import type { Turn } from "@/components/chat/use-transport";
import type { useVersions } from "@/components/chat/use-versions";
import { rerun } from "@/lib/chat/rerun";
import { isAsking } from "@/lib/chat/waiting";
import { useLatest } from "@/lib/use-latest";

export interface Again {
  turn: RefObject<Turn>;
  messages: UIMessage[];
  versions: ReturnType<typeof useVersions>;
  /** What was said of the answer before is gone. */
  begin: () => void;
  sendMessage: (message?: { text: string; metadata: object }) => unknown;
  setMessages: (change: (now: UIMessage[]) => UIMessage[]) => void;
}

/**
 * A question in other words, an answer written again, another version, a failed call run again. The
 * functions stay the same, so that messages that have not changed are not drawn anew.
 */
export function useAgain(again: Again) {
  const latest = useLatest(again);
  const [on] = useState(() => ({
    onAsk: (id: string, text: string) => {
      const metadata = beginAnew(latest.current, id);
      if (metadata) latest.current.sendMessage({ text, metadata });
    },
    onAnswerAgain: (id: string) => {
      if (beginAnew(latest.current, id)) latest.current.sendMessage();
    },
    onVersion: (id: string) => {
      latest.current.begin();
      latest.current.versions.choose(id);
    },
    onRerun: (toolCallId: string) => {
      const { begin, turn, messages, setMessages, sendMessage } = latest.current;
      const next = rerun(messages, toolCallId, turn.current.policy);
      if (!next) return;
      begin();
      setMessages(() => next);
      if (isAsking(next)) return;
      turn.current = { ...turn.current, again: [toolCallId] };
      sendMessage();
    },
  }));
  return on;
}

function beginAnew({ begin, versions }: Again, id: string) {
  begin();
  return versions.beginAnew(id);
}
