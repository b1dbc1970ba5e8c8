import type { UIMessage } from "ai";
import { newestPath, pathTo } from "@/lib/chat/versions";

/** Of conversations that this page shows, the last message of the versions on the screen. */
const shown = new Map<string, string>();

/** A page shows this version. Returns what ends it. */
export function shows(conversationId: string, last: string): () => void {
  shown.set(conversationId, last);
  return () => {
    if (shown.get(conversationId) === last) shown.delete(conversationId);
  };
}

/** The versions that are on the screen; where it is on none, those that it would be opened with. */
export function shownPath(conversationId: string, all: readonly UIMessage[]): UIMessage[] {
  const last = shown.get(conversationId);
  const path = last === undefined ? [] : pathTo(all, last);
  return path.length > 0 ? path : newestPath(all);
}
