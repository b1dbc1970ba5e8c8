import type { UIMessage } from "ai";
import { withoutAddresses } from "@/lib/chat/mentions";

export const MOST_OF_A_TITLE = 60;

/** The first thing somebody said, shortened at a word: what a conversation is called at first. */
export function titleFor(messages: readonly UIMessage[]): string {
  const first = messages.find(({ role }) => role === "user");
  const text = first?.parts.find((part) => part.type === "text")?.text ?? "";
  const line = withoutAddresses(text).trim().replace(/\s+/g, " ");
  if (line.length <= MOST_OF_A_TITLE) return line || "New conversation";
  return `${line.slice(0, MOST_OF_A_TITLE).replace(/\s+\S*$/, "")}…`;
}
