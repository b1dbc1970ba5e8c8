import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";
import { withHead } from "@/lib/chat/conversation-list";
import { onNews } from "@/lib/chat/conversation-news";
import { type ConversationHead, keyOf, type Owner, readHead } from "@/lib/chat/conversations";
import { type List, listKept } from "@/lib/chat/kept-conversations";

/** Somebody who types on asks for nothing else in between. */
const PAUSE_MILLISECONDS = 250;

/** Of this page's own conversations: one was saved. A new object for each time. */
export interface Touched {
  id: string;
}

/**
 * What this person has said before in this space, and has ``words`` in it. It is asked for anew when
 * a conversation begins, when an answer has ended (``changes`` grows), here or in another tab, and
 * when somebody comes back to the page; while an answer grows, its one entry is read in this browser.
 */
export function useConversationList(
  owner: Owner,
  words: string,
  { changes, touched }: { changes: number; touched: Touched | null },
) {
  const [found, setFound] = useState<List | null>(null);
  const [round, setRound] = useState(0);
  const [typed, setTyped] = useState("");
  const searched = words.trim() === "" ? "" : typed;
  useEffect(() => {
    const timer = setTimeout(() => setTyped(words.trim()), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [words]);

  const again = useCallback(() => setRound((before) => before + 1), []);
  const asking = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when something changed
  useEffect(() => {
    const leaving = new AbortController();
    asking.current = true;
    void listKept(owner, searched, leaving.signal).then((now) => {
      if (leaving.signal.aborted) return;
      asking.current = false;
      setFound(now);
    });
    return () => leaving.abort();
  }, [owner, searched, changes, round]);

  const take = useEffectEvent((head: ConversationHead | null) => {
    if (!head) return;
    setFound(
      (now) => now && { ...now, conversations: withHead(now.conversations, head, searched !== "") },
    );
  });
  useEffect(() => {
    if (touched) readHead(owner, touched.id).then(take, () => {});
  }, [owner, touched]);
  useEffect(
    () =>
      onNews(({ owner: whose, id, isLive }) => {
        if (whose !== keyOf(owner)) return;
        if (isLive) readHead(owner, id).then(take, () => {});
        else again();
      }),
    [owner, again],
  );
  useEffect(() => {
    const onSight = () => {
      if (document.visibilityState === "visible" && !asking.current) again();
    };
    document.addEventListener("visibilitychange", onSight);
    window.addEventListener("focus", onSight);
    return () => {
      document.removeEventListener("visibilitychange", onSight);
      window.removeEventListener("focus", onSight);
    };
  }, [again]);
  return { found, again };
}
