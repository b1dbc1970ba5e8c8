import { bodyOf, identifier, route } from "@/lib/server/route";
import { spaceSchema } from "@/lib/server/schemas";
import { renameSpace } from "@/lib/server/spaces";

export const PATCH = route<{ spaceId: string }>(async ({ request, person, params }) =>
  renameSpace(
    person,
    identifier(params.spaceId, "spaceId"),
    (await bodyOf(request, spaceSchema)).name,
  ),
);
