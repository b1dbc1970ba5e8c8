import { setRecording } from "@/lib/server/activity";
import { bodyOf, identifier, route } from "@/lib/server/route";
import { recordingSchema } from "@/lib/server/schemas";

/** What is recorded of the space's calls, and for how long. */
export const PUT = route<{ spaceId: string }>(async ({ request, person, params }) =>
  setRecording(
    person,
    identifier(params.spaceId, "spaceId"),
    await bodyOf(request, recordingSchema),
  ),
);
