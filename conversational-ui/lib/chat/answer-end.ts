import { isToolUIPart, type UIMessage } from "ai";
import { isOpen } from "@/lib/chat/interruption";

/** ``cut``: it broke off. ``too_long``: the model may not write more at once. */
export type AnswerEnd = "complete" | "stopped" | "cut" | "too_long";

interface Metadata {
  end?: AnswerEnd;
}

/** Written into an answer as it begins, so that one whose end never comes does not look finished. */
export const BEGUN: Metadata = { end: "cut" };

/**
 * How an answer that no more is coming of has ended. What is open in it was cut off, also where the
 * turn before was whole: a call that a person has allowed runs in the next one.
 */
export function endOf(answer: UIMessage): AnswerEnd {
  const said = (answer.metadata as Metadata | undefined)?.end ?? "complete";
  if (said !== "complete") return said;
  const isCut = answer.parts.some((part) =>
    isToolUIPart(part)
      ? part.state !== "approval-requested" && isOpen(part)
      : part.type === "text" && part.state === "streaming",
  );
  return isCut ? "cut" : "complete";
}

/** Whether it is an answer that stopped short and has words that the model can go on from. */
export const canGoOn = (last: UIMessage | undefined): boolean =>
  last?.role === "assistant" &&
  endOf(last) !== "complete" &&
  last.parts.some((part) => part.type === "text" && part.text.trim() !== "");

/** The same messages, the last of them an answer that a person has stopped. */
export function stopped<M extends UIMessage>(messages: M[]): M[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant" || endOf(last) === "complete") return messages;
  const end: AnswerEnd = "stopped";
  return [...messages.slice(0, -1), { ...last, metadata: { ...(last.metadata ?? {}), end } }];
}

/** For ``finish`` of the stream. */
export const endFor = (finishReason: string): Metadata => ({
  end: finishReason === "length" ? "too_long" : "complete",
});
