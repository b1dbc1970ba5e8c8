import { runningAnswers } from "@/lib/answers/running-answers";
import {
  alterConversation,
  deleteConversations,
  isUnknown,
  readConversation,
  saveConversation,
} from "@/lib/server/conversations";
import { bodyOf, identifier, route } from "@/lib/server/route";
import { alterSchema, saveSchema } from "@/lib/server/schemas";

const MAX_BODY_CHARACTERS = 4 * 1024 * 1024;

interface Params {
  spaceId: string;
  conversationId: string;
}

const named = ({ spaceId, conversationId }: Params) =>
  [identifier(spaceId, "spaceId"), identifier(conversationId, "conversationId")] as const;

/** One of the signed-in person's own; ``after``: what came since. Null where the gateway has none. */
export const GET = route<Params>(async ({ request, person, params }) => {
  const after = new URL(request.url).searchParams.get("after") ?? "0";
  try {
    return await readConversation(person, ...named(params), after);
  } catch (fault) {
    if (isUnknown(fault)) return null;
    throw fault;
  }
});

export const PUT = route<Params>(async ({ request, person, params }) =>
  saveConversation(
    person,
    ...named(params),
    await bodyOf(request, saveSchema, MAX_BODY_CHARACTERS),
  ),
);

export const PATCH = route<Params>(async ({ request, person, params }) =>
  alterConversation(person, ...named(params), await bodyOf(request, alterSchema)),
);

/** No more is written in it, here at once, by other replicas once they find it gone. */
export const DELETE = route<Params>(({ person, params }) => {
  const [spaceId, conversationId] = named(params);
  runningAnswers().stop({ userId: person.userId, spaceId, conversationId });
  return deleteConversations(person, spaceId, conversationId);
});
