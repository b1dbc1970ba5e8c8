import { recentPages, searchPages } from "@/lib/ai/tools/notion_pages";
import { MOST_QUERY } from "@/lib/chat/found-pages";
import { BadRequest, identifier, route } from "@/lib/server/route";

/** Pages that can be mentioned: those with ``query`` in them, else the person's recent ones. */
export const GET = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const query = request.nextUrl.searchParams.get("query")?.trim() ?? "";
  if (query.length > MOST_QUERY) throw new BadRequest("query is too long.");
  const { signal } = request;
  try {
    const pages = await (query === ""
      ? recentPages(person, spaceId, signal)
      : searchPages(person, spaceId, query, signal));
    return { pages };
  } catch (fault) {
    if (signal.aborted) return undefined; // they have typed on
    throw fault;
  }
});
