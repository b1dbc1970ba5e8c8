import { readResource } from "@/lib/ai/tools/notion_documents";
import { BadRequest, identifier, route } from "@/lib/server/route";

const MOST_CHARACTERS = 4000;

/** What one resource holds; which, says ``uri`` in the query. */
export const GET = route<{ spaceId: string }>(({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const uri = request.nextUrl.searchParams.get("uri");
  if (!uri || uri.length > MOST_CHARACTERS) throw new BadRequest("uri is missing or malformed.");
  return readResource(person, spaceId, uri, request.signal);
});
