import "server-only";

import { asked } from "@/lib/ai/tools/notion_documents";
import { chatProblem } from "@/lib/chat/failures";
import { type FoundPage, MOST_FOUND, pagesIn } from "@/lib/chat/found-pages";
import { dataOf, type ToolResult, textOf } from "@/lib/chat/tool";
import { GatewayError } from "@/lib/server/gateway";
import { notionGrants } from "@/lib/server/notion";
import type { Person } from "@/lib/server/session";

/** Pages with these words, the best first. Raises GatewayError, or the signal's reason. */
export const searchPages = (person: Person, spaceId: string, query: string, signal: AbortSignal) =>
  pagesBy(person, spaceId, signal, "notion-search", {
    query,
    page_size: MOST_FOUND,
    max_highlight_length: 0,
  });

/**
 * What the person has opened last. None where they act with somebody else's connection: Notion
 * would tell that person's pages, private ones too.
 */
export async function recentPages(
  person: Person,
  spaceId: string,
  signal: AbortSignal,
): Promise<FoundPage[]> {
  const grants = await notionGrants(person, spaceId);
  if (grants.acts_as !== person.userId) return [];
  return pagesBy(person, spaceId, signal, "notion-list-recent-pages", { limit: MOST_FOUND });
}

async function pagesBy(
  person: Person,
  spaceId: string,
  signal: AbortSignal,
  name: string,
  given: Record<string, unknown>,
): Promise<FoundPage[]> {
  const answer = (await asked(person, spaceId, signal, (client, options) =>
    client.callTool({ name, arguments: given }, options),
  )) as unknown as ToolResult;
  if (!answer.isError) return pagesIn(dataOf(answer));
  const detail = textOf(answer).slice(0, 300);
  throw new GatewayError(chatProblem("notion_refused", 502, { detail }));
}
