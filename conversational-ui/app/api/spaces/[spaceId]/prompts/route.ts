import { listPrompts } from "@/lib/ai/tools/notion_documents";
import { identifier, route } from "@/lib/server/route";

/** The prompts of the space's Notion, with their arguments. */
export const GET = route<{ spaceId: string }>(({ request, person, params }) =>
  listPrompts(person, identifier(params.spaceId, "spaceId"), request.signal),
);
