/** What one tab tells the others: it has saved something of a conversation. */
export interface News {
  /** As ``keyOf`` has it. */
  owner: string;
  id: string;
  /** An answer is coming there. */
  isLive: boolean;
}

const NAME = "conversations";

/** Null where the browser has none: then a tab sees what others did when it is loaded again. */
const channel = (): BroadcastChannel | null =>
  typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);

let telling: BroadcastChannel | null | undefined;

/** To every other tab of this browser, not to this one. */
export function tell(news: News): void {
  telling ??= channel();
  telling?.postMessage(news);
}

/** Returns what ends it. */
export function onNews(came: (news: News) => void): () => void {
  telling ??= channel();
  const listener = ({ data }: MessageEvent<News>) => came(data);
  telling?.addEventListener("message", listener);
  return () => telling?.removeEventListener("message", listener);
}
