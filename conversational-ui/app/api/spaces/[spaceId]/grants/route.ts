import { chooseGrants } from "@/lib/server/notion";
import { bodyOf, identifier, route } from "@/lib/server/route";
import { grantChoiceSchema } from "@/lib/server/schemas";

/** Chooses with whose connection people act in Notion. */
export const PUT = route<{ spaceId: string }>(async ({ request, person, params }) =>
  chooseGrants(
    person,
    identifier(params.spaceId, "spaceId"),
    await bodyOf(request, grantChoiceSchema),
  ),
);
