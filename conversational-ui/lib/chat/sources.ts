import { isToolUIPart, type UIMessage } from "ai";
import { notionUrl } from "@/lib/chat/links";
import { dataOf, isToolOutput } from "@/lib/chat/tool";

/** A Notion page that a tool named. */
export interface Source {
  title: string;
  url: string;
}

const DEPTH = 6;
const MOST = 50;

/** The pages in a tool's answer, in its order. */
export function sourcesIn(data: unknown): Source[] {
  const found = new Map<string, Source>();
  const walk = (value: unknown, depth: number) => {
    if (typeof value !== "object" || value === null || depth > DEPTH || found.size >= MOST) return;
    if (!Array.isArray(value)) {
      const { url, title } = value as { url?: unknown; title?: unknown };
      const address = notionUrl(url);
      if (address && typeof title === "string" && title.trim() && !found.has(address)) {
        found.set(address, { title: title.trim().slice(0, 120), url: address });
      }
    }
    for (const inner of Object.values(value)) walk(inner, depth + 1);
  };
  walk(data, 0);
  return [...found.values()];
}

/** Whichever of Notion's addresses leads there: a page's id is what they have in common. */
export function pageKey(address: string): string | null {
  const url = URL.parse(address);
  if (!url || notionUrl(address) === null) return null;
  const ids = url.pathname.replaceAll("-", "").match(/[0-9a-f]{32}(?![0-9a-f])/gi);
  return ids?.at(-1)?.toLowerCase() ?? url.hostname + url.pathname;
}

/** By ``pageKey``. */
export type Named = ReadonlyMap<string, Source>;

/**
 * The pages that an answer cites: those of its tools, or of tools before it (``earlier``), that its
 * own words link to, in the order in which they do. What was only found or read is no source.
 */
export function sourcesOf(message: Pick<UIMessage, "parts">, earlier: Named = NONE): Source[] {
  const cited = new Map<string, Source | null>();
  for (const part of message.parts) {
    if (part.type !== "text") continue;
    for (const [address] of part.text.matchAll(/https:\/\/[^\s<>()[\]"'`]+/g)) {
      const key = pageKey(address);
      if (key !== null) cited.set(key, cited.get(key) ?? null);
    }
  }
  if (cited.size === 0) return [];
  for (const source of named(message)) {
    const key = pageKey(source.url);
    if (key !== null && cited.get(key) === null) cited.set(key, source);
  }
  for (const [key, source] of cited) {
    if (source === null) cited.set(key, earlier.get(key) ?? null);
  }
  return [...cited.values()].filter((source) => source !== null);
}

/** The pages that its tools named. */
function named({ parts }: Pick<UIMessage, "parts">): Source[] {
  return parts.flatMap((part) => {
    if (!isToolUIPart(part) || part.state !== "output-available") return [];
    const { output } = part;
    if (!isToolOutput(output) || output.kind !== "result" || output.isError) return [];
    return sourcesIn(dataOf(output));
  });
}

const NONE: Named = new Map();
/** Messages do not change: one that does is another. */
const known = new WeakMap<UIMessage, { before: Named; after: Named }>();

/**
 * For each message the pages that tools had named before it. The same object as before, as long as
 * nothing before it has changed: so an answer that grows has no other drawn again.
 */
export function namedBefore(messages: readonly UIMessage[]): Named[] {
  const found: Named[] = [];
  let before = NONE;
  for (const [at, message] of messages.entries()) {
    found.push(before);
    if (at < messages.length - 1) before = withNamed(before, message);
  }
  return found;
}

function withNamed(before: Named, message: UIMessage): Named {
  const kept = known.get(message);
  if (kept?.before === before) return kept.after;
  const own = named(message).map((source) => [pageKey(source.url) ?? source.url, source] as const);
  const after = own.length > 0 ? new Map([...before, ...own]) : before;
  known.set(message, { before, after });
  return after;
}

/** By ``pageKey``, the number that a source has among them. */
export const numbered = (sources: readonly Source[]): ReadonlyMap<string, number> =>
  new Map(sources.map(({ url }, index) => [pageKey(url) ?? url, index + 1]));
