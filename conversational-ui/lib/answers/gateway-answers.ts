import "server-only";

import { type AnswerStore, Deleted, NotKept } from "@/lib/answers/keep-answer";
import type { Where } from "@/lib/answers/running-answers";
import { titleFor } from "@/lib/chat/title";
import { waitingIn } from "@/lib/chat/waiting";
import { isUnknown, knownMessages, saveConversation } from "@/lib/server/conversations";
import { GatewayError } from "@/lib/server/gateway";
import type { Person } from "@/lib/server/session";

/** The gateway keeps it with the person's conversations, on every device of theirs. */
export function gatewayAnswers(person: Person, { spaceId, conversationId }: Where): AnswerStore {
  return {
    known: () => orNotKept(knownMessages(person, spaceId, conversationId)),
    save: ({ messages, problem, isAnswering, onlyIfKept }) =>
      orNotKept(
        saveConversation(person, spaceId, conversationId, {
          title: titleFor(messages),
          messages: Object.fromEntries(messages.map((one) => [one.id, { ...one }])),
          gone: [],
          problem: problem && { ...problem },
          is_answering: isAnswering,
          waiting: isAnswering ? 0 : waitingIn(messages),
          only_if_kept: onlyIfKept,
        }),
      ),
  };
}

/** Where the gateway says no; all else passes. */
async function orNotKept<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (fault) {
    if (isUnknown(fault)) throw new Deleted();
    const status = fault instanceof GatewayError ? fault.problem.status : 0;
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw new NotKept();
    throw fault;
  }
}
