import { bodyOf, identifier, route } from "@/lib/server/route";
import { newOwnerSchema } from "@/lib/server/schemas";
import { handOver } from "@/lib/server/space-end";

export const POST = route<{ spaceId: string }>(async ({ request, person, params }) =>
  handOver(person, identifier(params.spaceId, "spaceId"), await bodyOf(request, newOwnerSchema)),
);
