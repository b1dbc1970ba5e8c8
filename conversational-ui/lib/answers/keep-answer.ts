import "server-only";

import type { UIMessage } from "ai";
import type { RunningAnswer } from "@/lib/answers/running-answer";
import type { Problem } from "@/lib/problems";

/** Keeps one conversation where all replicas of this site find it. */
export interface AnswerStore {
  /** Ids of the messages that are kept. */
  known: () => Promise<ReadonlySet<string>>;
  /** ``stops``: how often answers of this conversation were stopped, by whomever. */
  save: (saving: AnswerSaving) => Promise<{ stops: number }>;
}

export interface AnswerSaving {
  messages: readonly UIMessage[];
  problem: Problem | null;
  /** More of the answer is coming. */
  isAnswering: boolean;
  /** The conversation was there: none is begun. */
  onlyIfKept: boolean;
}

/** Nothing more is kept of this conversation, however often it is tried. */
export class NotKept extends Error {
  override name = "NotKept";
}

/** Somebody has deleted the conversation meanwhile. */
export class Deleted extends Error {
  override name = "Deleted";
}

export interface Pace {
  /** Between two savings of what has come. */
  everyMilliseconds: number;
  /** So long without a word, and it is taken for broken off: less than what the store says. */
  atLeastEveryMilliseconds: number;
  /** How often the end of an answer is tried to be saved. */
  attempts: number;
}

export const PACE: Pace = {
  everyMilliseconds: 1000,
  atLeastEveryMilliseconds: 5000,
  attempts: 30,
};

/**
 * Saves what is said and what has come of the answer until its end, and stops it where somebody
 * wants that elsewhere, or has deleted the conversation. Returns whether nothing of it is left to be
 * saved. Never raises.
 */
export async function keepAnswer(
  answer: RunningAnswer,
  store: AnswerStore,
  said: readonly UIMessage[],
  pace: Pace = PACE,
): Promise<boolean> {
  const stopsBefore: { count: number | null } = { count: null };
  let unsaved: readonly UIMessage[] | null = null;
  let isThere = false;
  let saved = { characters: -1, at: 0 };
  for (let failures = 0; failures < pace.attempts; ) {
    const isOver = answer.isOver;
    const { characters } = answer;
    const isDue =
      isOver ||
      characters !== saved.characters ||
      Date.now() - saved.at >= pace.atLeastEveryMilliseconds;
    const began = Date.now();
    if (isDue) {
      try {
        if (!unsaved) {
          const known = await store.known();
          isThere = known.size > 0;
          unsaved = newOf(known, said);
        }
        const message = await answer.message();
        const { stops } = await store.save({
          messages: message ? [...unsaved.filter(({ id }) => id !== message.id), message] : unsaved,
          problem: isOver ? answer.problem : null,
          isAnswering: !isOver,
          onlyIfKept: isThere,
        });
        isThere = true;
        if (isOver) return true;
        unsaved = [];
        saved = { characters, at: Date.now() };
        failures = 0;
        stopsBefore.count ??= stops;
        if (stops > stopsBefore.count) answer.stop();
      } catch (fault) {
        if (fault instanceof Deleted) {
          answer.stop();
          return true;
        }
        if (fault instanceof NotKept) return false;
        if (isOver) failures += 1;
      }
    }
    // A large answer that takes long to be saved is saved less often.
    const pause = Math.max(pace.everyMilliseconds, 4 * (Date.now() - began));
    await (isOver ? after(pause) : Promise.race([answer.over, after(pause)]));
  }
  return false;
}

/** What the store has not got, and the last message, which may have changed. */
const newOf = (known: ReadonlySet<string>, said: readonly UIMessage[]) =>
  said.filter(({ id }, at) => !known.has(id) || at === said.length - 1);

const after = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
