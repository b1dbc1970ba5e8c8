import { listResources } from "@/lib/ai/tools/notion_documents";
import { identifier, route } from "@/lib/server/route";

/** The resources of the space's Notion, and templates of such. */
export const GET = route<{ spaceId: string }>(({ request, person, params }) =>
  listResources(person, identifier(params.spaceId, "spaceId"), request.signal),
);
