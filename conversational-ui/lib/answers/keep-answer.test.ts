import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import {
  type AnswerSaving,
  type AnswerStore,
  Deleted,
  keepAnswer,
  NotKept,
} from "@/lib/answers/keep-answer";
import { RunningAnswer } from "@/lib/answers/running-answer";
import { RunningAnswers } from "@/lib/answers/running-answers";
import { endOf } from "@/lib/chat/answer-end";

const FAST = { everyMilliseconds: 1, atLeastEveryMilliseconds: 2, attempts: 3 };
const said: UIMessage[] = ["m1", "m2"].map((id) => ({ id, role: "user", parts: [] }));

/** Keeps in memory what it is given, as the gateway does; ``isAway`` while it cannot be reached. */
class Store implements AnswerStore {
  kept = new Map<string, UIMessage>();
  savings: AnswerSaving[] = [];
  stops = 0;
  isAway = false;
  #next = Promise.withResolvers<void>();
  /** Resolves with the next saving, or attempt at one. */
  next = () => this.#next.promise;
  async known() {
    return new Set(this.kept.keys());
  }
  async save(saving: AnswerSaving) {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
    if (this.isAway) throw new TypeError("away");
    if (saving.onlyIfKept && this.kept.size === 0) throw new Deleted();
    for (const one of saving.messages) this.kept.set(one.id, one);
    this.savings.push(saving);
    return { stops: this.stops };
  }
}

function written() {
  let control: ReadableStreamDefaultController<UIMessageChunk> | undefined;
  const answer = new RunningAnswer(
    null,
    async (signal) =>
      new ReadableStream<UIMessageChunk>({
        start: (controller) => {
          control = controller;
          signal.addEventListener("abort", () => {
            controller.enqueue({ type: "abort" });
            controller.close();
          });
          controller.enqueue({
            type: "start",
            messageId: "a1",
            messageMetadata: { end: "cut" },
          });
          controller.enqueue({ type: "text-start", id: "t" });
        },
      }),
  );
  return {
    answer,
    say: (delta: string) => control?.enqueue({ type: "text-delta", id: "t", delta }),
    end: () => {
      control?.enqueue({ type: "finish", messageMetadata: { end: "complete" } });
      control?.close();
    },
  };
}

const textIn = (store: Store) => {
  const part = store.kept.get("a1")?.parts.find(({ type }) => type === "text");
  return part?.type === "text" ? part.text : null;
};

describe("an answer that nobody reads", () => {
  it("is kept as it comes, after what was said, and as ended in the end", async () => {
    const store = new Store();
    store.kept.set("m1", said[0] as UIMessage);
    const { answer, say, end } = written();
    const keeping = keepAnswer(answer, store, said, FAST);
    await store.next();
    expect(store.savings[0]?.isAnswering).toBe(true);
    say("The plan");
    while (textIn(store) !== "The plan") await store.next();
    say(" is here.");
    end();
    expect(await keeping).toBe(true);
    expect(textIn(store)).toBe("The plan is here.");
    expect([...store.kept.keys()]).toEqual(["m1", "m2", "a1"]);
    expect(store.savings.at(-1)).toMatchObject({ isAnswering: false, problem: null });
    // What was there already was not sent again.
    expect(store.savings.flatMap(({ messages }) => messages).some(({ id }) => id === "m1")).toBe(
      false,
    );
  });

  it("says that more is coming while nothing comes", async () => {
    const store = new Store();
    const { answer, end } = written();
    const keeping = keepAnswer(answer, store, said, FAST);
    for (let times = 0; times < 5; times += 1) await store.next();
    end();
    await keeping;
    expect(store.savings.filter(({ isAnswering }) => isAnswering).length).toBeGreaterThan(3);
  });

  it("is stopped where somebody stops it elsewhere, and not by a stop of before", async () => {
    const store = new Store();
    store.stops = 4;
    const { answer } = written();
    const keeping = keepAnswer(answer, store, said, FAST);
    for (let times = 0; times < 3; times += 1) await store.next();
    expect(answer.isStopped).toBe(false);
    store.stops = 5;
    expect(await keeping).toBe(true);
    const kept = store.kept.get("a1");
    expect(kept && endOf(kept)).toBe("stopped");
  });

  it("is kept once the store can be reached again", async () => {
    const store = new Store();
    store.isAway = true;
    const { answer, say, end } = written();
    const keeping = keepAnswer(answer, store, said, FAST);
    await store.next();
    say("All of it.");
    store.isAway = false;
    end();
    expect(await keeping).toBe(true);
    expect(textIn(store)).toBe("All of it.");
    expect([...store.kept.keys()]).toEqual(["m1", "m2", "a1"]);
  });

  it("is stopped where somebody deletes its conversation, which does not come back", async () => {
    for (const isNew of [true, false]) {
      const store = new Store();
      if (!isNew) store.kept.set("m1", said[0] as UIMessage);
      const { answer, say } = written();
      const keeping = keepAnswer(answer, store, said, FAST);
      while (!store.kept.has("a1")) await store.next();
      store.kept.clear();
      say("The rest");
      expect(await keeping).toBe(true);
      expect(answer.isStopped).toBe(true);
      expect([...store.kept]).toEqual([]);
    }
  });

  it("goes on where the store is away for good, or refuses", async () => {
    for (const fault of [new TypeError("away"), new NotKept()]) {
      const store = new Store();
      store.save = async () => {
        throw fault;
      };
      const { answer, end } = written();
      const keeping = keepAnswer(answer, store, said, FAST);
      end();
      expect(await keeping).toBe(false);
      expect((await answer.message())?.metadata).toEqual({ end: "complete" });
    }
  });
});

describe("the answers of one process", () => {
  const where = { userId: "ada", spaceId: "sp-1", conversationId: "c1" };
  const never = async (signal: AbortSignal) =>
    new ReadableStream<UIMessageChunk>({
      start: (controller) => signal.addEventListener("abort", () => controller.close()),
    });
  const unkept = async () => false;

  it("are their person's alone, and stopped together", async () => {
    const answers = new RunningAnswers();
    const first = answers.begin(where, null, never, unkept);
    const second = answers.begin(where, null, never, unkept);
    expect(answers.find(where)).toBe(second);
    // Two questions that were asked at once, in two tabs.
    const asked = { role: "user", parts: [] } as Omit<UIMessage, "id">;
    const third = answers.begin(where, { ...asked, id: "q3" }, never, unkept);
    answers.begin(where, { ...asked, id: "q4" }, never, unkept);
    expect(answers.find(where, ["a3", "q3"])).toBe(third);
    expect(answers.find(where, ["q5"])).toBeNull();
    for (const other of [{ userId: "bob" }, { spaceId: "sp-2" }, { conversationId: "c2" }]) {
      expect(answers.find({ ...where, ...other })).toBeNull();
      expect(answers.stop({ ...where, ...other })).toBe(false);
    }
    expect(answers.stop(where)).toBe(true);
    await Promise.all([first.over, second.over]);
    expect(answers.stop(where)).toBe(false);
  });

  it("are stopped together in all conversations of a person in a space", async () => {
    const answers = new RunningAnswers();
    const begin = (other: object) => answers.begin({ ...where, ...other }, null, never, unkept);
    const own = [begin({}), begin({ conversationId: "c2" })];
    const others = [begin({ userId: "bob" }), begin({ spaceId: "sp-2" })];
    answers.stopAll(where);
    expect([...own, ...others].map(({ isStopped }) => isStopped)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    for (const one of others) one.stop();
  });

  it("are read once more where nobody saved them, else not", async () => {
    for (const isSaved of [false, true]) {
      const answers = new RunningAnswers();
      const kept = Promise.withResolvers<boolean>();
      const answer = answers.begin(where, null, never, () => kept.promise);
      answers.stop(where);
      await answer.over;
      kept.resolve(isSaved);
      await kept.promise.then(() => new Promise(setImmediate));
      expect(answers.find(where)).toBe(isSaved ? null : answer);
    }
  });

  it("are forgotten where they could not begin", async () => {
    const answers = new RunningAnswers();
    const refused = async () => {
      throw new TypeError("no");
    };
    const answer = answers.begin(where, null, refused, unkept);
    await answer.over;
    await new Promise(setImmediate);
    expect(answers.find(where)).toBeNull();
  });

  it("are no more than a person can have asked for", () => {
    const answers = new RunningAnswers();
    for (let times = 0; times < 8; times += 1) answers.begin(where, null, never, unkept);
    expect(() => answers.begin(where, null, never, unkept)).toThrow("too_many_answers");
    answers.begin({ ...where, userId: "bob" }, null, never, unkept);
    answers.stop(where);
    answers.stop({ ...where, userId: "bob" });
  });
});
