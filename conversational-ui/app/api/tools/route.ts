import { connectNotion } from "@/lib/ai/tools/notion_mcp";
import { route, spaceIdOf } from "@/lib/server/route";

/** The tools of the space's Notion, with their schemas. */
export const GET = route(async ({ request, person }) => {
  const notion = await connectNotion(person, spaceIdOf(request), request.signal);
  void notion.close();
  return { tools: notion.tools };
});
