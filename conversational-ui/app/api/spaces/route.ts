import { bodyOf, route } from "@/lib/server/route";
import { spaceSchema } from "@/lib/server/schemas";
import { createSpace } from "@/lib/server/spaces";

export const POST = route(
  async ({ request, person }) => createSpace(person, (await bodyOf(request, spaceSchema)).name),
  { status: 201 },
);
