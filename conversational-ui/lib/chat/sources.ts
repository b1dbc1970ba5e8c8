import { isToolUIPart, type UIMessage } from "ai";
import { dataOf, isToolOutput } from "@/lib/chat/tool";

/** A Notion page that a tool named. */
export interface Source {
  title: string;
  url: string;
}

const HOSTS = ["notion.so", "notion.com", "notion.site"];
const DEPTH = 6;
const MOST = 50;

/**
 * The address if it leads to Notion, else null: https, one of Notion's hosts, and nothing in front
 * of the host that could make another one look like it. (The simulator's pages are there as well.)
 */
export function notionUrl(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const url = URL.parse(value);
  if (url?.protocol !== "https:" || url.username || url.password || url.port) return null;
  const known = HOSTS.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`));
  return known ? url.href : null;
}

/** The address if a chat may link to it: https, and no name or password in it. */
export function linkUrl(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const url = URL.parse(value);
  return url?.protocol === "https:" && !url.username && !url.password ? url.href : null;
}

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

/** The pages that an answer's tools named: what was read comes before what was only found. */
export function sourcesOf(message: Pick<UIMessage, "parts">): Source[] {
  const read: Source[] = [];
  const found: Source[] = [];
  for (const part of message.parts) {
    if (!isToolUIPart(part) || part.state !== "output-available") continue;
    const { output } = part;
    if (!isToolOutput(output) || output.kind !== "result" || output.isError) continue;
    const sources = sourcesIn(dataOf(output));
    (sources.length === 1 ? read : found).push(...sources);
  }
  return [...new Map([...read, ...found].map((source) => [source.url, source])).values()];
}
