import { connectNotion } from "@/lib/ai/tools/notion_mcp";
import { identifier, route } from "@/lib/server/route";

/** The tools of the space's Notion, with their schemas. */
export const GET = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const notion = await connectNotion(person, spaceId, request.signal);
  void notion.close();
  return { tools: notion.tools };
});
