import { lookAgain } from "@/lib/server/catalogue";
import { identifier, route } from "@/lib/server/route";

/** Has the gateway look soon. */
export const POST = route<{ spaceId: string }>(async ({ person, params }) => {
  await lookAgain(person, identifier(params.spaceId, "spaceId"));
});
