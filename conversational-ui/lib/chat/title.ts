import type { UIMessage } from "ai";
import { endOf } from "@/lib/chat/answer-end";
import { waitingIn } from "@/lib/chat/waiting";

export const MOST_OF_A_TITLE = 60;

/** The first thing somebody said, shortened at a word: what a conversation is called at first. */
export function titleFor(messages: readonly UIMessage[]): string {
  const first = messages.find(({ role }) => role === "user");
  const text = first?.parts.find((part) => part.type === "text")?.text ?? "";
  const line = text.trim().replace(/\s+/g, " ");
  if (line.length <= MOST_OF_A_TITLE) return line || "New conversation";
  return `${line.slice(0, MOST_OF_A_TITLE).replace(/\s+\S*$/, "")}…`;
}

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
