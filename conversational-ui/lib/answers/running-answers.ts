import "server-only";

import type { UIMessage } from "ai";
import { RunningAnswer, type Write } from "@/lib/answers/running-answer";
import { chatProblem } from "@/lib/chat/failures";
import { GatewayError } from "@/lib/server/gateway";

/** Which conversation: of one person, in one space. */
export interface Where {
  userId: string;
  spaceId: string;
  conversationId: string;
}

const MOST_OF_PERSON = 8;
const MOST = 200;
/** An answer that nobody has saved can be read so long after its end. */
const KEPT_MILLISECONDS = 10 * 60_000;
const MOST_KEPT_CHARACTERS = 64 * 1024 * 1024;

/** The answers that this process writes, and those that it has just written. */
export class RunningAnswers {
  readonly #all = new Map<RunningAnswer, Where & { last: string | null }>();

  /**
   * ``last``: id of the message that it answers, or goes on with.
   * ``keep`` follows the answer beside; where it says that the answer is saved, it is forgotten
   * here. Raises GatewayError where too many are being written.
   */
  begin(
    where: Where,
    last: UIMessage | null,
    write: Write,
    keep: (answer: RunningAnswer) => Promise<boolean>,
  ): RunningAnswer {
    const running = [...this.#all].filter(([answer]) => !answer.isOver);
    const own = running.filter(([, { userId }]) => userId === where.userId);
    if (own.length >= MOST_OF_PERSON || running.length >= MOST) {
      throw new GatewayError(chatProblem("too_many_answers", 429));
    }
    const answer = new RunningAnswer(last?.role === "assistant" ? last : null, write);
    this.#all.set(answer, { ...where, last: last?.id ?? null });
    const isBegun = answer.begun.then(
      () => true,
      () => false, // whoever asked for it is told why
    );
    void Promise.all([keep(answer), isBegun, answer.over]).then(([isSaved, hasBegun]) => {
      if (isSaved || !hasBegun) this.#all.delete(answer);
      else setTimeout(() => this.#all.delete(answer), KEPT_MILLISECONDS).unref();
      this.#makeRoom();
    });
    return answer;
  }

  /**
   * The one that began last, of those that answer or go on with one of these messages where any are
   * named: of two questions that were asked at once, each has its own. Null where there is none.
   */
  find(where: Where, messageIds: readonly string[] = []): RunningAnswer | null {
    const isMeant = (answer: RunningAnswer) =>
      messageIds.length === 0 || messageIds.includes(this.#all.get(answer)?.last ?? "");
    return this.#of(where).findLast(isMeant) ?? null;
  }

  /** Stops all that are written in that conversation. Returns whether any was. */
  stop(where: Where): boolean {
    const running = this.#of(where).filter((answer) => !answer.isOver);
    for (const answer of running) answer.stop();
    return running.length > 0;
  }

  /** Stops all that are written for that person in that space. */
  stopAll({ userId, spaceId }: Pick<Where, "userId" | "spaceId">): void {
    for (const [answer, where] of this.#all) {
      if (where.userId === userId && where.spaceId === spaceId) answer.stop();
    }
  }

  #of({ userId, spaceId, conversationId }: Where): RunningAnswer[] {
    return [...this.#all].flatMap(([answer, where]) =>
      where.userId === userId &&
      where.spaceId === spaceId &&
      where.conversationId === conversationId
        ? [answer]
        : [],
    );
  }

  #makeRoom(): void {
    let characters = 0;
    for (const answer of [...this.#all.keys()].reverse()) {
      characters += answer.characters;
      if (answer.isOver && characters > MOST_KEPT_CHARACTERS) this.#all.delete(answer);
    }
  }
}

const KEY = Symbol.for("conversational-ui running answers");
const held = globalThis as { [KEY]?: RunningAnswers };

/** One for all routes of this process: each of them may have modules of its own. */
export function runningAnswers(): RunningAnswers {
  held[KEY] ??= new RunningAnswers();
  return held[KEY];
}
