import { bodyOf, route } from "@/lib/server/route";
import { verifySchema } from "@/lib/server/schemas";
import { rememberVerification } from "@/lib/server/verifications";
import { verifyConnection } from "@/lib/server/verify";

/** Lists Notion's tools through the proxy, and says what came of it. */
export const POST = route(async ({ request, person }) => {
  const { spaceId } = await bodyOf(request, verifySchema);
  const found = await verifyConnection(person, spaceId);
  rememberVerification(spaceId, found);
  return found;
});
