import { bodyOf, identifier, route } from "@/lib/server/route";
import { tokenSchema } from "@/lib/server/schemas";
import { createToken } from "@/lib/server/spaces";

/** The answer holds the token itself, this once. */
export const POST = route<{ spaceId: string }>(
  async ({ request, person, params }) =>
    createToken(person, identifier(params.spaceId, "spaceId"), await bodyOf(request, tokenSchema)),
  { status: 201 },
);
