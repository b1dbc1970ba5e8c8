import { settled } from "@/lib/server/gateway";
import { notionGrants } from "@/lib/server/notion";
import { identifier, route } from "@/lib/server/route";
import { rememberVerification } from "@/lib/server/verifications";
import { verifyConnection } from "@/lib/server/verify";

/** Lists Notion's tools through the proxy, and says what came of it. */
export const POST = route<{ spaceId: string }>(async ({ person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const [found, grants] = await Promise.all([
    verifyConnection(person, spaceId),
    settled(notionGrants(person, spaceId)),
  ]);
  if (grants.ok && grants.value.serves_you) {
    rememberVerification(spaceId, grants.value.serves_you, person, found);
  }
  return found;
});
