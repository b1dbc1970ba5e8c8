import { isToolUIPart, type UIMessage } from "ai";
import { isOpen } from "@/lib/chat/open-call";

/** ``cut``: it broke off. ``too_long``: the model may not write more at once. */
export type AnswerEnd = "complete" | "stopped" | "cut" | "too_long";

/** As a person reads it, below an answer that is not complete. */
export const HOW_IT_ENDED: Record<Exclude<AnswerEnd, "complete">, string> = {
  stopped: "You stopped this answer.",
  cut: "This answer broke off.",
  too_long: "The model stopped here: its answer got too long.",
};

interface Metadata {
  end?: AnswerEnd;
}

/** Written into an answer as it begins, so that one whose end never comes does not look finished. */
export const BEGUN = { end: "cut" } as const satisfies Metadata;

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
  return withEnd(messages, "stopped");
}

/** The same messages, the last of them with that end, where it is an answer. */
export function withEnd<M extends UIMessage>(messages: M[], end: AnswerEnd): M[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return messages;
  return [...messages.slice(0, -1), { ...last, metadata: { ...(last.metadata ?? {}), end } }];
}

/**
 * Whether what a person has allowed in it may have been run: all but what a server has said that it
 * refused. A page writes ``cut`` when it sends the answer on, as a server does when it begins.
 */
export const mayHaveBegun = (answer: UIMessage): boolean =>
  (answer.metadata as Metadata | undefined)?.end !== "complete";

/** For ``finish`` of the stream. */
export const endFor = (finishReason: string): Metadata => ({
  end: finishReason === "length" ? "too_long" : "complete",
});
