import type { Verification } from "@/lib/api-types";

/** What one tab tells the others: something has become of a space's connection. */
export interface ConnectionNews {
  spaceId: string;
  /** What a real call has just found; null: ask for the status. */
  found: Verification | null;
}

const NAME = "connections";

/** Null where the browser has none: then a tab sees it when it asks by itself. */
const channel = (): BroadcastChannel | null =>
  typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);

let telling: BroadcastChannel | null | undefined;

/** To every other tab of this browser, not to this one. */
export function tellOfConnection(news: ConnectionNews): void {
  telling ??= channel();
  telling?.postMessage(news);
}

/** Returns what ends it. */
export function onConnectionNews(came: (news: ConnectionNews) => void): () => void {
  telling ??= channel();
  const listener = ({ data }: MessageEvent<ConnectionNews>) => came(data);
  telling?.addEventListener("message", listener);
  return () => telling?.removeEventListener("message", listener);
}
