import type { UIMessage } from "ai";
import { useState } from "react";
import * as texts from "@/components/chat/texts";
import type { Decision } from "@/components/chat/tool-card";
import type { StopAsking } from "@/components/chat/use-policy";
import { BEGUN, withEnd } from "@/lib/chat/answer-end";
import { withInput } from "@/lib/chat/editing";
import { type ToolPart, viewOf } from "@/lib/chat/tool-state";
import { decisionsLeft } from "@/lib/chat/waiting";
import { useLatest } from "@/lib/use-latest";

export interface Deciding {
  messages: UIMessage[];
  setMessages: (change: (now: UIMessage[]) => UIMessage[]) => void;
  addToolApprovalResponse: (said: { id: string; approved: boolean; reason?: string }) => unknown;
  onStopAsking: StopAsking;
  onDecided: () => void;
}

/** The person's word on a call. It stays the same function: messages are not drawn anew for it. */
export function useDeciding(deciding: Deciding): (decision: Decision) => void {
  const latest = useLatest(deciding);
  const [decide] = useState(() => ({ approvalId, approved, always, edited }: Decision) => {
    const { messages, setMessages, onStopAsking, ...rest } = latest.current;
    if (edited) setMessages((now) => withInput(now, edited));
    // With the last of them the answer goes on: from here on it may run, whatever comes back.
    if (decisionsLeft(messages, approvalId) === 0) {
      setMessages((now) => withEnd(now, BEGUN.end));
    }
    if (always) {
      const part = messages
        .flatMap((message) => message.parts)
        .find((one) => "approval" in one && one.approval?.id === approvalId);
      if (part) onStopAsking(viewOf(part as ToolPart, false));
    }
    void rest.addToolApprovalResponse({
      id: approvalId,
      approved,
      ...(approved ? {} : { reason: texts.thePersonDenied }),
    });
    rest.onDecided();
  });
  return decide;
}
