import { bodyOf, identifier, route } from "@/lib/server/route";
import { shareSchema } from "@/lib/server/schemas";
import { endShare, putShare, shareOf } from "@/lib/server/shared";

interface Params {
  spaceId: string;
  conversationId: string;
}

const named = ({ spaceId, conversationId }: Params) =>
  [identifier(spaceId, "spaceId"), identifier(conversationId, "conversationId")] as const;

/** Whether one of the signed-in person's own is shared with the space; null where it is not. */
export const GET = route<Params>(({ person, params }) => shareOf(person, ...named(params)));

export const PUT = route<Params>(async ({ request, person, params }) =>
  putShare(person, ...named(params), await bodyOf(request, shareSchema)),
);

export const DELETE = route<Params>(({ person, params }) => endShare(person, ...named(params)));
