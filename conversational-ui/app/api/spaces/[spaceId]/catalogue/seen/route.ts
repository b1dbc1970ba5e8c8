import { markSeen } from "@/lib/server/catalogue";
import { bodyOf, identifier, route, whoseOf } from "@/lib/server/route";
import { seenSchema } from "@/lib/server/schemas";

/** An owner has seen the tools of a version, and all changes until then. */
export const PUT = route<{ spaceId: string }>(async ({ request, person, params }) => {
  const { version } = await bodyOf(request, seenSchema);
  const spaceId = identifier(params.spaceId, "spaceId");
  await markSeen(person, spaceId, whoseOf(request), version);
});
