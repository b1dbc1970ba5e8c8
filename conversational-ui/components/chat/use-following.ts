import type { ChatTransport, UIMessage } from "ai";
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import type { Answering } from "@/components/chat/use-transport";
import { needsSignIn } from "@/lib/browser-problems";
import { failureOf } from "@/lib/chat/failures";
import { followed } from "@/lib/chat/follow-answer";
import { afterOf } from "@/lib/chat/versions";
import type { Problem } from "@/lib/problems";

const PAUSE_MILLISECONDS = 1000;
/** Pauses grow to eight seconds: a server that is started anew is back by then. */
const ATTEMPTS = 5;

export interface Following {
  id: string;
  transport: ChatTransport<UIMessage>;
  /** The last that is shown. */
  last: UIMessage | undefined;
  /** The last answer has not ended, and nothing of it is coming here. */
  isWanted: boolean;
  onAnswer: (answer: UIMessage) => void;
  /** Why it broke off, where that was said. */
  onEnd: (problem: Problem | null) => void;
  /** Shows what the gateway has of it. Null where it cannot be asked. */
  catchUp: () => Promise<{ isAnswering: boolean } | null>;
}

/** ``looking``: whether more is coming is not known yet. ``elsewhere``: it is, and is shown by and by. */
export type FollowingState = "none" | "looking" | "following" | "elsewhere";

/**
 * Goes on with an answer that was begun on another page, on another device or before a reload: word
 * by word from the server that writes it, else from what the gateway keeps of it.
 */
export function useFollowing(following: Following) {
  const { id, transport, last, isWanted, onAnswer, onEnd, catchUp } = following;
  const [state, setState] = useState<FollowingState>(isWanted ? "looking" : "none");
  const running = useRef<AbortController | null>(null);

  const follow = useEffectEvent(async (signal: AbortSignal): Promise<"ended" | "none" | "lost"> => {
    let hasBegun = false;
    try {
      // Another tab may have asked something else at the same time, which is answered too.
      const metadata: Answering = {
        to: last ? [last.id, afterOf(last) ?? ""].filter(Boolean) : [],
      };
      const of = { chatId: id, abortSignal: signal, metadata };
      const stream = await transport.reconnectToStream(of);
      if (!stream) return "none";
      hasBegun = true;
      setState("following");
      for await (const answer of followed(stream)) {
        if (signal.aborted) return "ended";
        onAnswer(answer);
      }
      onEnd(null);
    } catch (fault) {
      if (signal.aborted) return "ended";
      const problem = failureOf(fault instanceof Error ? fault : new Error(String(fault)));
      // Nothing comes to whoever is signed out; what else keeps it from beginning may pass.
      if (isLost(problem) || !(hasBegun || needsSignIn(problem))) return "lost";
      onEnd(problem);
    }
    return "ended";
  });
  const look = useEffectEvent(async (signal: AbortSignal) => {
    for (let lost = 0; lost < ATTEMPTS && !signal.aborted; ) {
      const found = await follow(signal);
      if (found === "ended" || signal.aborted) return;
      const there = await catchUp();
      if (found === "none" && there && !there.isAnswering) return;
      if (found === "none" && there) setState("elsewhere");
      else lost += 1;
      await pause(PAUSE_MILLISECONDS * (found === "none" ? 1 : 2 ** (lost - 1)), signal);
    }
  });

  const leave = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setState("none");
  }, []);
  const begin = useEffectEvent(() => {
    if (running.current || !isWanted) return;
    const controller = new AbortController();
    running.current = controller;
    setState("looking");
    void look(controller.signal).finally(() => {
      if (running.current === controller) leave();
    });
  });
  useEffect(() => {
    if (isWanted) begin();
  }, [isWanted]);
  useEffect(() => {
    const onSight = () => document.visibilityState === "visible" && begin();
    const events = [
      [document, "visibilitychange"],
      [window, "focus"],
      [window, "online"],
    ] as const;
    for (const [where, event] of events) where.addEventListener(event, onSight);
    return () => {
      for (const [where, event] of events) where.removeEventListener(event, onSight);
      running.current?.abort();
      running.current = null;
    };
  }, []);
  return { state, leave };
}

/** The connection broke, not the answer. */
export const isLost = ({ reason }: Problem): boolean =>
  reason === "offline" || reason === "interrupted";

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
