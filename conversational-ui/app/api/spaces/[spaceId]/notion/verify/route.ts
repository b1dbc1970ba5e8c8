import { identifier, route } from "@/lib/server/route";
import { rememberVerification } from "@/lib/server/verifications";
import { verifyConnection } from "@/lib/server/verify";

/** Lists Notion's tools through the proxy, and says what came of it. */
export const POST = route<{ spaceId: string }>(async ({ person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const found = await verifyConnection(person, spaceId);
  rememberVerification(spaceId, found);
  return found;
});
