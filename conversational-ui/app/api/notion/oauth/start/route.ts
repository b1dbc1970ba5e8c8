import { returnPath } from "@/lib/return-path";
import { startConsent } from "@/lib/server/notion";
import { BadRequest, bodyOf, route } from "@/lib/server/route";
import { startSchema } from "@/lib/server/schemas";

const CALLBACK = "/integrations/notion/callback";

/** Begins a consent: send the browser to ``authorizeUrl``. It ends on the callback page, and ``returnPath`` is where that page leads on to. */
export const POST = route(async ({ request, person }) => {
  const { spaceId, returnPath: wished } = await bodyOf(request, startSchema);
  if (wished !== undefined && returnPath(wished) === null) {
    throw new BadRequest("returnPath is no path of this site to return to.");
  }
  const direct = wished === undefined || wished.split("?")[0] === CALLBACK;
  const next = direct ? "" : `?next=${encodeURIComponent(wished)}`;
  const { authorizeUrl, state } = await startConsent(person, spaceId, CALLBACK + next);
  return { authorizeUrl, state };
});
