import type { UIMessage } from "ai";
import { endOf } from "@/lib/chat/answer-end";
import { waitingIn } from "@/lib/chat/waiting";

/** What a title can be made from. */
export interface Exchange {
  question: string;
  answer: string;
}

/** The first question and its answer, once that is whole; null where there is more, or less. */
export function firstExchange(messages: readonly UIMessage[]): Exchange | null {
  const [asked, said, more] = messages;
  if (asked?.role !== "user" || said?.role !== "assistant" || more) return null;
  if (endOf(said) !== "complete" || waitingIn(messages) > 0) return null;
  const [question, answer] = [textOf(asked), textOf(said)];
  return question && answer ? { question, answer } : null;
}

const textOf = ({ parts }: UIMessage): string =>
  parts
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n\n")
    .trim();
