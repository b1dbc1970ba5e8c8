import type { UIMessage } from "ai";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { askTitle } from "@/lib/chat/ask-title";
import { onNews } from "@/lib/chat/conversation-news";
import { type Conversation, keyOf } from "@/lib/chat/conversations";
import type { OpenConversation } from "@/lib/chat/open-conversation";
import { isAsking, isStillAsked } from "@/lib/chat/waiting";
import type { Problem } from "@/lib/problems";
import { useLatest } from "@/lib/use-latest";

const SAVE_MILLISECONDS = 1000;
/** A tab in which an answer comes tells of it once a second; after so long it has gone. */
const SILENCE_MILLISECONDS = 5000;

export interface Keeping {
  open: OpenConversation;
  /** All of it, also what is not shown. */
  messages: UIMessage[];
  shown: UIMessage[];
  live: boolean;
  problem: Problem | null;
  onKept: (kept: { title: string; isNew: boolean }) => void;
  /** An answer has ended, and the gateway was told of it or could not be. */
  onEnded: () => void;
  onNotKept: (fault: unknown) => void;
  /** This browser keeps it, and the gateway does not. */
  onNotSent: (problem: Problem) => void;
  /** Another tab has said more: false where meanwhile so was here. */
  onRead: (read: Conversation, shown: UIMessage[]) => boolean;
}

/**
 * Keeps the conversation while it grows, at most once a second, and when an answer has ended; shows
 * what other tabs have kept of it. ``elsewhere``: an answer is coming in another tab.
 */
export function useKeeping(keeping: Keeping) {
  const { open, messages, live, problem } = keeping;
  const { owner, id } = open;
  const [elsewhere, setElsewhere] = useState(0);
  const isBehind = useRef(false);
  const hasEnded = useRef(false);

  const keep = () =>
    open
      .save({ messages, problem, isLive: live })
      .then((kept) => kept && keeping.onKept(kept), keeping.onNotKept);
  const onTime = useEffectEvent(keep);
  const catchUp = async () => {
    isBehind.current = live;
    if (live) return;
    const read = await open.read().catch(() => null);
    if (!read || open.has(read)) return;
    // What waits for the person's word counts for the last message alone, as long as it waits.
    const isAsked = isAsking(keeping.shown) && isStillAsked(keeping.shown, read.messages);
    isBehind.current = isAsked || !keeping.onRead(read, messages);
    if (!isBehind.current) open.takes(read);
  };
  const latest = useLatest(catchUp);
  const send = useEffectEvent(async () => {
    const problem = await open.send();
    void latest.current(); // what other devices have said came with it
    if (hasEnded.current) keeping.onEnded();
    hasEnded.current = false;
    if (problem) return keeping.onNotSent(problem);
    const title = await askTitle(owner, id);
    if (title !== null) keeping.onKept({ title, isNew: false });
  });
  const onMore = useEffectEvent(catchUp);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever something of it changes
  useEffect(() => {
    if (live) return;
    void onTime().then(() => {
      void send();
      if (isBehind.current) void onMore();
    });
  }, [messages, live, problem?.reason]);
  useEffect(() => {
    if (!live) return;
    void onTime();
    const timer = setInterval(() => void onTime(), SAVE_MILLISECONDS);
    return () => {
      clearInterval(timer);
      hasEnded.current = true;
    };
  }, [live]);
  useEffect(() => {
    const onLeave = () => void onTime();
    window.addEventListener("pagehide", onLeave);
    return () => window.removeEventListener("pagehide", onLeave);
  }, []);
  useEffect(
    () =>
      onNews((news) => {
        if (news.owner !== keyOf(owner) || news.id !== id) return;
        if (news.isLive) setElsewhere(Date.now());
        // First what it has said, so that its end is known here.
        void onMore().finally(() => news.isLive || setElsewhere(0));
      }),
    [owner, id],
  );
  /** What other devices have said. */
  const askThere = async () => {
    const there = await open.catchUp();
    // Whatever brought it into this browser: this tab may not have been told.
    await latest.current();
    return there;
  };
  const onSeen = useEffectEvent(() => void askThere());
  // Another device, or a tab that was not heard, may have said more while this page was out of sight.
  useEffect(() => {
    const onSight = () => {
      if (document.visibilityState === "visible") onSeen();
    };
    document.addEventListener("visibilitychange", onSight);
    window.addEventListener("focus", onSight);
    return () => {
      document.removeEventListener("visibilitychange", onSight);
      window.removeEventListener("focus", onSight);
    };
  }, []);
  useEffect(() => {
    if (!elsewhere) return;
    const timer = setTimeout(() => setElsewhere(0), SILENCE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [elsewhere]);
  return { keep, elsewhere: elsewhere > 0, askThere };
}
