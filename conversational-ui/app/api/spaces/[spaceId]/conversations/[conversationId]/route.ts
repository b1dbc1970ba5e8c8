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

const unlessUnknown = <T>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((fault: unknown) => {
    if (isUnknown(fault)) return null;
    throw fault;
  });

/** One of the signed-in person's own; ``after``: what came since. Null where the gateway has none. */
export const GET = route<Params>(async ({ request, person, params }) => {
  const after = new URL(request.url).searchParams.get("after") ?? "0";
  return unlessUnknown(readConversation(person, ...named(params), after));
});

/** Null where it is to be saved only if the gateway has it, and it has not. */
export const PUT = route<Params>(async ({ request, person, params }) => {
  const body = await bodyOf(request, saveSchema, MAX_BODY_CHARACTERS);
  return unlessUnknown(saveConversation(person, ...named(params), body));
});

export const PATCH = route<Params>(async ({ request, person, params }) =>
  alterConversation(person, ...named(params), await bodyOf(request, alterSchema)),
);

/** No more is written in it, here at once, by other replicas once they find it gone. */
export const DELETE = route<Params>(({ person, params }) => {
  const [spaceId, conversationId] = named(params);
  runningAnswers().stop({ userId: person.userId, spaceId, conversationId });
  return deleteConversations(person, spaceId, conversationId);
});
