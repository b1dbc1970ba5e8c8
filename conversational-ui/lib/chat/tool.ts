/** A tool of the space's Notion, as browser and server pass it between them. Types and pure rules. */

import type { Whose } from "@/lib/api-types";
import type { TakingAway } from "@/lib/chat/taking-away";
import { isApp } from "@/lib/console/documents";

export type JsonSchema = Record<string, unknown>;

/** What a call may do to the workspace. Unknown counts as the worst (MCP, ToolAnnotations). */
export type ToolKind = "read" | "write" | "destructive";

export interface NotionTool {
  name: string;
  title: string;
  description: string;
  inputSchema: JsonSchema;
  kind: ToolKind;
  /** What the space's policy makes of it; absent where that is not known. */
  space?: "allow" | "ask" | "block" | undefined;
  /** Which of its calls take away what is there, as the gateway says. */
  takesAway?: TakingAway | undefined;
  /** The address of its own page for results (MCP Apps), which this site does not show yet. */
  app?: string | undefined;
}

export interface ToolAnnotations {
  readOnlyHint?: boolean | undefined;
  destructiveHint?: boolean | undefined;
}

export function kindOf(annotations: ToolAnnotations | undefined): ToolKind {
  if (annotations?.readOnlyHint === true) return "read";
  return annotations?.destructiveHint === false ? "write" : "destructive";
}

/** "notion-search" where the server gave no title: "Search". */
export function titleOf(name: string, ...titles: (string | undefined)[]): string {
  const given = titles.find((title) => title?.trim());
  if (given) return given.trim().replace(/^notion[\s:-]+/i, "") || name;
  const words = name.replace(/^notion[-_]/, "").replace(/[-_]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface Progress {
  kind: "progress";
  progress: number;
  total: number | null;
  message: string | null;
}

/** A JSON-RPC message of a call, as it went to Notion's MCP server or came from it. */
export interface RawMessage {
  direction: "sent" | "received";
  message: unknown;
}

export interface ContentBlock {
  type: string;
  text?: string;
  [member: string]: unknown;
}

/** What a call answered (MCP, CallToolResult). ``isError``: the tool itself says that it failed. */
export interface ToolResult {
  kind: "result";
  content: ContentBlock[];
  structuredContent: unknown;
  isError: boolean;
  /** With whose connection; absent where the space has one for everybody. */
  grant?: Whose;
}

export type ToolOutput = Progress | ToolResult;

export const isToolOutput = (value: unknown): value is ToolOutput =>
  typeof value === "object" &&
  value !== null &&
  "kind" in value &&
  (value.kind === "progress" || value.kind === "result");

/** The text of a result, without what is no text. */
export function textOf({ content }: Pick<ToolResult, "content">): string {
  return content
    .map((block) => {
      if (block.type === "text") return block.text ?? "";
      if (block.type === "resource_link") return String(block.uri ?? "");
      return `[${block.type}]`;
    })
    .join("\n");
}

/** What a tool's error says, in a line: Notion's are JSON with a message in it. Empty for none. */
export function faultIn(text: string): string {
  try {
    const data = JSON.parse(text) as { message?: unknown; error?: { message?: unknown } } | null;
    const message = data?.message ?? data?.error?.message;
    if (typeof message === "string" && message.trim()) return message.trim().slice(0, 300);
  } catch {
    // no JSON: words
  }
  return text.split("\n", 1)[0]?.slice(0, 300) ?? "";
}

/** The address of a page of the server's own (MCP Apps) that a result brings or names. */
export function appIn({ content }: Pick<ToolResult, "content">): string | null {
  for (const { type, uri, resource } of content) {
    const named = type === "resource" ? (resource as { uri?: unknown } | undefined)?.uri : uri;
    if (typeof named === "string" && isApp(named)) return named.slice(0, 200);
  }
  return null;
}

/** The result as data: what is structured, else the text where it is JSON. */
export function dataOf(result: ToolResult): unknown {
  if (result.structuredContent !== undefined && result.structuredContent !== null) {
    return result.structuredContent;
  }
  try {
    return JSON.parse(textOf(result));
  } catch {
    return undefined;
  }
}
