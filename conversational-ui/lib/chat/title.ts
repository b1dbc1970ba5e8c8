import type { UIMessage } from "ai";

/** The first thing somebody said, shortened at a word. */
export function titleFor(messages: readonly UIMessage[]): string {
  const first = messages.find(({ role }) => role === "user");
  const text = first?.parts.find((part) => part.type === "text")?.text ?? "";
  const line = text.trim().replace(/\s+/g, " ");
  if (line.length <= 60) return line || "New conversation";
  return `${line.slice(0, 60).replace(/\s+\S*$/, "")}…`;
}
