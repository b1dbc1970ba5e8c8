import { isToolUIPart, type UIMessage } from "ai";
import { type Given, isRecord } from "@/lib/chat/change-words";

/** The texts of a call that a person may put into other words before they allow it. */
export interface EditableText {
  /** Where it stands in what the tool is given. */
  path: (string | number)[];
  label: string;
  text: string;
}

type Path = EditableText["path"];

/** Of Notion's writing tools: never an id, a place or a command, which are what is approved. */
const TEXTS: Record<string, (given: Given) => [label: string, ...path: Path][]> = {
  "notion-create-pages": ({ pages }) =>
    (Array.isArray(pages) ? pages : []).flatMap((_, at): [string, ...Path][] => [
      [at === 0 ? "Title" : `Title of page ${at + 1}`, "pages", at, "properties", "title"],
      [at === 0 ? "Content" : `Content of page ${at + 1}`, "pages", at, "content"],
    ]),
  "notion-update-page": ({ content_updates: updates }) => [
    ["What is added", "content"],
    ["The new content", "new_str"],
    ...(Array.isArray(updates) ? updates : []).map((_, at): [string, ...Path] => [
      at === 0 ? "The new text" : `New text ${at + 1}`,
      "content_updates",
      at,
      "new_str",
    ]),
  ],
  "notion-create-comment": () => [["Comment", "markdown"]],
  "notion-create-database": () => [["Title", "title"]],
  "notion-create-view": () => [["Name", "name"]],
  "notion-create-attachment": () => [["Content", "content"]],
  "notion-create-folder": () => [["Title", "title"]],
  "notion-update-folder": () => [["Title", "title"]],
  "notion-spawn-session": () => [["What it is told", "initial_message"]],
  "notion-send-message-to-session": () => [["What it is told", "message"]],
};

/** Nothing where the tool is not known, or was given no text. */
export function editableTexts(tool: string, input: unknown): EditableText[] {
  if (!isRecord(input) || !Object.hasOwn(TEXTS, tool)) return [];
  return (TEXTS[tool]?.(input) ?? []).flatMap(([label, ...path]) => {
    const text = at(input, path);
    return typeof text === "string" ? [{ path, label, text }] : [];
  });
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inside, step) =>
      typeof inside === "object" && inside !== null && Object.hasOwn(inside, step)
        ? (inside as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );

/** The same call with these texts; all else stays. */
export function withTexts(input: unknown, texts: readonly EditableText[]): unknown {
  const edited: unknown = structuredClone(input);
  for (const { path, text } of texts) {
    const inside = at(edited, path.slice(0, -1));
    const last = path.at(-1);
    if (typeof inside === "object" && inside !== null && last !== undefined) {
      (inside as Record<string | number, unknown>)[last] = text;
    }
  }
  return edited;
}

/** Of a call that waits in the last message. */
export interface EditedInput {
  toolCallId: string;
  input: unknown;
}

/** The messages with that call as it was edited. */
export function withInput<M extends UIMessage>(
  messages: M[],
  { toolCallId, input }: EditedInput,
): M[] {
  const last = messages.at(-1);
  if (!last) return messages;
  const parts = last.parts.map((part) =>
    isToolUIPart(part) && part.toolCallId === toolCallId && part.state === "approval-requested"
      ? // The model's signature is not for these words: they are the person's.
        ({ ...part, input, approval: { id: part.approval.id } } as typeof part)
      : part,
  );
  return [...messages.slice(0, -1), { ...last, parts }];
}
