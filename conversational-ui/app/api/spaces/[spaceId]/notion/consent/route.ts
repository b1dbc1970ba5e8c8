import { returnPath } from "@/lib/return-path";
import { startConsent } from "@/lib/server/notion";
import { BadRequest, bodyOf, identifier, route } from "@/lib/server/route";
import { consentSchema } from "@/lib/server/schemas";
import { isInSpace, spacePath } from "@/lib/space-paths";

const CALLBACK = "/integrations/notion/callback";

/**
 * Begins a consent: send the browser to ``authorizeUrl``. It ends on the callback page, and
 * ``returnPath`` is where that page leads on to: an address of the same space.
 */
export const POST = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const asked = await bodyOf(request, consentSchema);
  const wished = asked.returnPath ?? spacePath(spaceId, "integrations");
  if (returnPath(wished) === null || !isInSpace(wished, spaceId)) {
    throw new BadRequest("returnPath is no path of this space to return to.");
  }
  const landing = `${CALLBACK}?next=${encodeURIComponent(wished)}`;
  const { authorizeUrl, state } = await startConsent(person, spaceId, landing, asked.whose);
  return { authorizeUrl, state };
});
