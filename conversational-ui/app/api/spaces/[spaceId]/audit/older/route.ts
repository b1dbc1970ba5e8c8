import { hasOlderCalls } from "@/lib/server/activity";
import { BadRequest, identifier, route } from "@/lib/server/route";

/** Whether there are calls that would go, were they kept for ``days``. */
export const GET = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const days = request.nextUrl.searchParams.get("days") ?? "";
  if (!/^[1-9][0-9]{0,4}$/.test(days)) throw new BadRequest("days is 1 to 36500.");
  const spaceId = identifier(params.spaceId, "spaceId");
  return { is_any: await hasOlderCalls(person, spaceId, Number(days)) };
});
