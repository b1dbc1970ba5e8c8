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

/** Whether the last message waits for the person's word. */
export const isAsking = (messages: readonly UIMessage[]): boolean =>
  approvalsIn(messages, "approval-requested").length > 0;

/** Whether all that the last message of ``shown`` asks is still to be answered in what was ``read``. */
export function isStillAsked(shown: readonly UIMessage[], read: readonly UIMessage[]): boolean {
  const last = read.filter(({ id }) => id === shown.at(-1)?.id);
  if (last.length === 0) return true; // it has not been saved yet
  const there = approvalsIn(last, "approval-requested");
  return approvalsIn(shown, "approval-requested").every((one) => there.includes(one));
}

/** How many calls of the last message still wait once that one is decided. */
export const decisionsLeft = (messages: readonly UIMessage[], approvalId: string): number =>
  approvalsIn(messages, "approval-requested").filter((one) => one !== approvalId).length;

/** Ids of the approvals that the person has given or refused, and that nobody has acted on yet. */
export const decidedIn = (messages: readonly UIMessage[]): string[] =>
  approvalsIn(messages, "approval-responded");

function approvalsIn(
  messages: readonly UIMessage[],
  state: "approval-requested" | "approval-responded",
): string[] {
  return (messages.at(-1)?.parts ?? []).flatMap((part) =>
    "state" in part && part.state === state && "approval" in part && part.approval
      ? [part.approval.id]
      : [],
  );
}

/**
 * Whether a call that waits or was decided on in ``mine`` has come to its end in what is ``kept`` of
 * the same message: another page has sent the person's word first.
 */
export function isOvertaken(mine: UIMessage, kept: UIMessage): boolean {
  const open = ["approval-requested", "approval-responded"].flatMap((state) =>
    approvalsIn([mine], state as "approval-requested"),
  );
  return kept.parts.some(
    (part) =>
      "state" in part &&
      part.state?.startsWith("output-") &&
      "approval" in part &&
      part.approval !== undefined &&
      open.includes(part.approval.id),
  );
}
