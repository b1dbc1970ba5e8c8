import { bodyOf, identifier, route } from "@/lib/server/route";
import { deletionSchema } from "@/lib/server/schemas";
import { deleteSpace, whatGoes } from "@/lib/server/space-end";

interface Params {
  spaceId: string;
}

export const GET = route<Params>(({ person, params }) =>
  whatGoes(person, identifier(params.spaceId, "spaceId")),
);

/** For good. The name is compared by the gateway. */
export const POST = route<Params>(async ({ request, person, params }) =>
  deleteSpace(person, identifier(params.spaceId, "spaceId"), await bodyOf(request, deletionSchema)),
);
