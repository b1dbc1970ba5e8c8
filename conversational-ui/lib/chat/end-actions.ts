import type { UIMessage } from "ai";
import { needsSignIn } from "@/lib/browser-problems";
import { canGoOn, endOf } from "@/lib/chat/answer-end";
import { needsConsent } from "@/lib/chat/failures";
import type { Problem } from "@/lib/problems";

export type EndAction = "sign_in" | "reconnect" | "continue" | "again";

/** What a person can do below the last message, to which nothing more is coming. */
export function endActions(last: UIMessage | undefined, problem: Problem | null): EndAction[] {
  if (problem) {
    if (needsSignIn(problem)) return ["sign_in"];
    if (needsConsent(problem)) return ["reconnect"];
    return problem.retry && canGoOn(last) ? ["continue", "again"] : ["again"];
  }
  if (!last || (last.role !== "user" && endOf(last) === "complete")) return [];
  return canGoOn(last) ? ["continue", "again"] : ["again"];
}
