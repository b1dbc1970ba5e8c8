import { notionUrl } from "@/lib/chat/links";

/** A page or database, as Notion's search and its list of recent pages tell it. */
export interface FoundPage {
  title: string;
  url: string;
  /** Where it lies; null where Notion does not say. */
  path: string | null;
  isDatabase: boolean;
}

export const MOST_FOUND = 8;
/** Characters of what is searched for. */
export const MOST_QUERY = 100;

/** The pages in an answer, in its order; what has no title, or leads elsewhere, is left out. */
export function pagesIn(data: unknown): FoundPage[] {
  const { results } = (data ?? {}) as { results?: unknown };
  if (!Array.isArray(results)) return [];
  const found = new Map<string, FoundPage>();
  for (const result of results) {
    if (typeof result !== "object" || result === null || found.size === MOST_FOUND) continue;
    const { title, url, path, type } = result as Record<string, unknown>;
    const address = withoutOrigin(notionUrl(url));
    if (!address || typeof title !== "string" || !title.trim() || found.has(address)) continue;
    found.set(address, {
      title: title.trim().slice(0, 200),
      url: address,
      path: typeof path === "string" && path.trim() ? path.trim().slice(0, 200) : null,
      isDatabase: type === "database",
    });
  }
  return [...found.values()];
}

/** Which Enter would mention: the first, if what was typed stands in its title. */
export function firstActive(pages: readonly FoundPage[], query: string): number {
  const [first] = pages;
  const isMeant = query !== "" && first?.title.toLowerCase().includes(query.trim().toLowerCase());
  return isMeant ? 0 : -1;
}

/** Notion says in ``pvs`` from where a link was followed, which is nothing to hand on. */
function withoutOrigin(address: string | null): string | null {
  const url = address === null ? null : URL.parse(address);
  url?.searchParams.delete("pvs");
  return url?.href ?? null;
}
