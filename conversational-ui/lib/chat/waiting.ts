import type { UIMessage } from "ai";
import { newestPath } from "@/lib/chat/versions";

/**
 * How many calls wait for the person's word: only those of the last message can still be run. No
 * other part has that state; ``ai``, which could tell the parts apart, is too large for every page.
 */
export function waitingIn(messages: readonly UIMessage[]): number {
  const parts = newestPath(messages).at(-1)?.parts ?? [];
  return parts.filter((part) => "state" in part && part.state === "approval-requested").length;
}
