import { makeMachine } from "@/lib/server/machines";
import { bodyOf, identifier, route } from "@/lib/server/route";
import { machineSchema } from "@/lib/server/schemas";

/** The answer holds the secret itself, this once. */
export const POST = route<{ spaceId: string }>(
  async ({ request, person, params }) =>
    makeMachine(
      person,
      identifier(params.spaceId, "spaceId"),
      await bodyOf(request, machineSchema),
    ),
  { status: 201 },
);
