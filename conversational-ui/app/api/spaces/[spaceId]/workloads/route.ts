import { allowWorkload } from "@/lib/server/machines";
import { bodyOf, identifier, route } from "@/lib/server/route";
import { workloadSchema } from "@/lib/server/schemas";

export const POST = route<{ spaceId: string }>(
  async ({ request, person, params }) =>
    allowWorkload(
      person,
      identifier(params.spaceId, "spaceId"),
      await bodyOf(request, workloadSchema),
    ),
  { status: 201 },
);
