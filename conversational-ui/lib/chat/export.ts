import { isToolUIPart, type UIMessage } from "ai";
import { endOf, HOW_IT_ENDED, mayHaveBegun } from "@/lib/chat/answer-end";
import { CALL_WORDS } from "@/lib/chat/call-words";
import type { Conversation } from "@/lib/chat/conversations";
import { viewOf } from "@/lib/chat/tool-state";

/**
 * What was said, as it is shown: for people. Of a tool's call its name and what became of it; of an
 * answer that is not complete, that it is not.
 */
export function asMarkdown(title: string, shown: readonly UIMessage[]): string {
  const said = shown.map((message) => {
    if (message.role === "user") return ["## You", ...partsOf(message)].join("\n\n");
    const end = endOf(message);
    const note = end === "complete" ? [] : [`*${HOW_IT_ENDED[end]}*`];
    return ["## Answer", ...partsOf(message), ...note].join("\n\n");
  });
  return `${[`# ${title.replaceAll("\n", " ")}`, ...said].join("\n\n")}\n`;
}

function partsOf(message: UIMessage): string[] {
  return message.parts.flatMap((part) => {
    if (part.type === "text") return part.text.trim() ? [part.text.trim()] : [];
    if (!isToolUIPart(part)) return [];
    const { title, state } = viewOf(part, false, mayHaveBegun(message));
    return [`*${title}: ${CALL_WORDS[state]}*`];
  });
}

/** All of it, with every version and what tools have answered: for programs. */
export function asJson({ id, title, createdAt, updatedAt, messages }: Conversation): string {
  const [created_at, updated_at] = [createdAt, updatedAt].map((at) => new Date(at).toISOString());
  return `${JSON.stringify({ id, title, created_at, updated_at, messages }, null, 2)}\n`;
}

/** Of a title, what every system takes as a name. */
export const fileName = (title: string, extension: string): string =>
  `${
    title
      .replace(/[^\p{L}\p{N} _-]+/gu, "")
      .trim()
      .slice(0, 60) || "Conversation"
  }.${extension}`;
