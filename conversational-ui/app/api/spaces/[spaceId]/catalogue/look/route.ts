import { lookAgain } from "@/lib/server/catalogue";
import { identifier, route, whoseOf } from "@/lib/server/route";

/** Has the gateway look soon. */
export const POST = route<{ spaceId: string }>(async ({ request, person, params }) => {
  await lookAgain(person, identifier(params.spaceId, "spaceId"), whoseOf(request));
});
