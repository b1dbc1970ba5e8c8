import { promptSchema } from "@/lib/ai/schemas";
import { getPrompt } from "@/lib/ai/tools/notion_documents";
import { bodyOf, identifier, route } from "@/lib/server/route";

/** What one prompt says, with its arguments filled in. */
export const POST = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  return getPrompt(person, spaceId, await bodyOf(request, promptSchema), request.signal);
});
