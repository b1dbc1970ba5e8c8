import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  alterConversation,
  deleteAllConversations,
  deleteConversation,
  findConversation,
  listConversations,
  type Owner,
  readConversation,
  saveConversation,
} from "@/lib/chat/conversations";
import { agreePending, rememberPending, takePending } from "@/lib/chat/pending";
import { titleFor } from "@/lib/chat/title";

const ada: Owner = { userId: "ada", spaceId: "sp-1" };
const others: Owner[] = [
  { userId: "ben", spaceId: "sp-1" },
  { userId: "ada", spaceId: "sp-2" },
];
const saying = (text: string): UIMessage[] => [
  { id: "1", role: "user", parts: [{ type: "text", text }] },
];
const keep = async (owner: Owner, id: string, at: number, text = id) => {
  vi.setSystemTime(at);
  await saveConversation(owner, id, { before: [], now: saying(text), problem: null });
};
const ids = async (owner: Owner, words?: string) =>
  (await listConversations(owner, words)).map(({ id }) => id);

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const owner of [ada, ...others]) await deleteAllConversations(owner);
});

afterEach(() => void vi.useRealTimers());

describe("conversations in the browser", () => {
  it("are listed newest first", async () => {
    await keep(ada, "one", 1);
    await keep(ada, "two", 3);
    await keep(ada, "three", 2);
    expect(await ids(ada)).toEqual(["two", "three", "one"]);
  });

  it("are one person's, in one space", async () => {
    await keep(ada, "secret", 1);
    for (const other of others) {
      expect(await ids(other)).toEqual([]);
      expect(await readConversation(other, "secret")).toBeNull();
      await alterConversation(other, "secret", { title: "Mine" });
      await deleteConversation(other, "secret");
      await deleteAllConversations(other);
    }
    expect(await readConversation(ada, "secret")).toMatchObject({ title: "secret" });
  });

  it("are found in the space that they belong to, by the one whose they are", async () => {
    await keep(ada, "one", 1);
    expect(await findConversation(ada, "one")).toMatchObject({
      kind: "here",
      conversation: { title: "one" },
    });
    const [ben, inAnotherSpace] = others as [Owner, Owner];
    expect(await findConversation(inAnotherSpace, "one")).toEqual({
      kind: "elsewhere",
      spaceId: "sp-1",
    });
    for (const stranger of [ben, { userId: "ad", spaceId: "sp-2" }, { userId: "", spaceId: "" }]) {
      expect(await findConversation(stranger, "one")).toEqual({ kind: "none" });
    }
    expect(await findConversation(ada, "two")).toEqual({ kind: "none" });
  });

  it("are found by their title and by what was said", async () => {
    await keep(ada, "plants", 1, "Water the plants on Monday");
    await keep(ada, "releases", 2, "Freeze the branch");
    expect(await ids(ada, "monday WATER")).toEqual(["plants"]);
    expect(await ids(ada, "THE")).toEqual(["releases", "plants"]);
    expect(await ids(ada, "monday branch")).toEqual([]);
  });

  it("are renamed and deleted", async () => {
    await keep(ada, "one", 1);
    await alterConversation(ada, "one", { title: "Another", isPinned: true });
    vi.setSystemTime(1);
    await saveConversation(ada, "one", { before: [], now: saying("more"), problem: null });
    // What the gateway was not told of yet.
    const altered = { title: "Another", isPinned: true };
    expect(await listConversations(ada)).toEqual([
      { id: "one", ...altered, altered, updatedAt: 1, waiting: 0, change: 0 },
    ]);
    await deleteConversation(ada, "one");
    expect(await ids(ada)).toEqual([]);
    expect(await readConversation(ada, "one")).toBeNull();
    await saveConversation(ada, "one", { before: [], now: [], problem: null });
    expect((await readConversation(ada, "one"))?.messages).toEqual([]); // none came back
  });

  it("are called by what was asked first, cut at a word", () => {
    expect(titleFor(saying("  Find\n the   handbook "))).toBe("Find the handbook");
    expect(titleFor([])).toBe("New conversation");
    const title = titleFor(saying("word ".repeat(40)));
    expect(title).toMatch(/^(word )+word…$/);
    expect(title.length).toBeLessThanOrEqual(61);
  });
});

describe("one conversation in two tabs", () => {
  const said = (id: string, text = id): UIMessage => ({
    id,
    role: "user",
    parts: [{ type: "text", text }],
  });
  const save = (before: UIMessage[], now: UIMessage[]) =>
    saveConversation(ada, "c", { before, now, problem: null });
  const there = async () =>
    (await readConversation(ada, "c"))?.messages.map((one) =>
      one.parts.map((part) => (part.type === "text" ? part.text : "")).join(""),
    );
  const first = said("first");

  it("has what was said in both, each message where it was said", async () => {
    expect(await save([], [first])).toEqual({ title: "first", isNew: true });
    const [one, two] = [said("one"), said("two")];
    expect(await save([first], [first, one])).toEqual({ title: "first", isNew: false });
    await save([first], [first, two]);
    await save([first, one], [first, said("one", "one, longer")]);
    await save([first, two], [first, two, said("three")]);
    expect(await there()).toEqual(["first", "one, longer", "two", "three"]);
  });

  it("loses what is taken out in one, and nothing else", async () => {
    const [one, two] = [said("one"), said("two")];
    await save([], [first, one]);
    await save([first, one], [first, one, two]);
    await save([first, one], [first]);
    expect(await there()).toEqual(["first", "two"]);
  });

  it("begins anew, with all that is there, where the other tab has deleted it", async () => {
    await save([], [first]);
    await deleteConversation(ada, "c");
    expect(await save([first], [first, said("one")])).toEqual({ title: "first", isNew: true });
    expect(await there()).toEqual(["first", "one"]);
  });

  it("does not come back with what an answer has still to say where the other tab has deleted it", async () => {
    await save([], [first]);
    await deleteConversation(ada, "c");
    const answer: UIMessage = { id: "a", role: "assistant", parts: [] };
    expect(await save([first], [first, answer])).toBeNull();
    expect(await readConversation(ada, "c")).toBeNull();
  });

  it("is not saved over what another tab's decision has done", async () => {
    const call = (state: string) =>
      ({
        id: "a",
        role: "assistant",
        parts: [{ type: "dynamic-tool", toolCallId: "t", state, approval: { id: "p" } }],
      }) as unknown as UIMessage;
    const [asked, done] = [call("approval-requested"), call("output-available")];
    await save([], [first, asked]);
    await save([first, asked], [first, done]);
    await save([first, asked], [first, call("approval-responded")]);
    expect((await readConversation(ada, "c"))?.messages.at(-1)).toEqual(done);
  });

  it("is not saved over somebody else's", async () => {
    await save([], [first]);
    const theirs = { before: [], now: saying("mine"), problem: null };
    for (const other of others) {
      await expect(saveConversation(other, "c", theirs)).rejects.toThrow("somebody else's");
    }
    expect(await there()).toEqual(["first"]);
  });
});

describe("what waits for a consent", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    } as Storage;
  };
  const pending = { spaceId: "sp-1", conversationId: "c-1" };

  it("is sent once, where it was asked for", () => {
    const tab = storage();
    rememberPending(pending, tab);
    agreePending("sp-1", tab);
    expect(takePending(pending, tab)).toBe(true);
    expect(takePending(pending, tab)).toBe(false);
  });

  it("is not sent without the consent that it waits for, nor after another space's", () => {
    const tab = storage();
    rememberPending(pending, tab);
    expect(takePending(pending, tab)).toBe(false);
    rememberPending(pending, tab);
    agreePending("sp-2", tab);
    expect(takePending(pending, tab)).toBe(false);
    agreePending("sp-1", tab); // of which nothing waits
    expect(takePending(pending, tab)).toBe(false);
  });

  it("is not sent by an address alone, nor in another conversation or space", () => {
    const tab = storage();
    expect(takePending(pending, tab)).toBe(false);
    for (const other of [{ conversationId: "c-2" }, { spaceId: "sp-2" }]) {
      rememberPending(pending, tab);
      agreePending("sp-1", tab);
      expect(takePending({ ...pending, ...other }, tab)).toBe(false);
      expect(takePending(pending, tab)).toBe(false); // nor later
    }
    for (const odd of ["{", "null", '"text"', "7"]) {
      tab.setItem("chat:pending", odd);
      agreePending("sp-1", tab);
      expect(takePending(pending, tab)).toBe(false);
    }
  });
});
