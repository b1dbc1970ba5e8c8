import { isToolUIPart, type UIMessage } from "ai";
import type { Conversation } from "@/lib/chat/conversations";
import { viewOf } from "@/lib/chat/tool-state";
import { newestPath } from "@/lib/chat/versions";

/** What was said, as it is shown: for people. Of a tool's call its name and what became of it. */
export function asMarkdown({ title, messages }: Pick<Conversation, "title" | "messages">): string {
  const said = newestPath(messages).map((message) => {
    const who = message.role === "user" ? "You" : "Answer";
    return [`## ${who}`, ...partsOf(message)].join("\n\n");
  });
  return `${[`# ${title.replaceAll("\n", " ")}`, ...said].join("\n\n")}\n`;
}

function partsOf({ parts }: UIMessage): string[] {
  return parts.flatMap((part) => {
    if (part.type === "text") return part.text.trim() ? [part.text.trim()] : [];
    if (!isToolUIPart(part)) return [];
    const { title, state } = viewOf(part, false);
    return [`*${title}: ${state}*`];
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
