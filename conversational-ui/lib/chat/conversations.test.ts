import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { beforeEach, describe, expect, it } from "vitest";
import {
  deleteAllConversations,
  deleteConversation,
  keepConversation,
  keepPolicy,
  listConversations,
  type Owner,
  readConversation,
  readPolicy,
  renameConversation,
  titleFor,
} from "@/lib/chat/conversations";
import { rememberPending, takePending } from "@/lib/chat/pending";
import { NO_POLICY } from "@/lib/chat/tool-policy";

const ada: Owner = { userId: "ada", spaceId: "sp-1" };
const others: Owner[] = [
  { userId: "ben", spaceId: "sp-1" },
  { userId: "ada", spaceId: "sp-2" },
];
const saying = (text: string): UIMessage[] => [
  { id: "1", role: "user", parts: [{ type: "text", text }] },
];
const keep = (owner: Owner, id: string, updatedAt: number, text = id) =>
  keepConversation(owner, {
    id,
    title: `About ${id}`,
    createdAt: 0,
    updatedAt,
    messages: saying(text),
    problem: null,
  });
const ids = async (owner: Owner, words?: string) =>
  (await listConversations(owner, words)).map(({ id }) => id);

beforeEach(async () => {
  for (const owner of [ada, ...others]) await deleteAllConversations(owner);
});

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
      await renameConversation(other, "secret", "Mine");
      await deleteConversation(other, "secret");
      await deleteAllConversations(other);
    }
    expect(await readConversation(ada, "secret")).toMatchObject({ title: "About secret" });
  });

  it("are found by their title and by what was said", async () => {
    await keep(ada, "plants", 1, "Water them on Monday");
    await keep(ada, "releases", 2, "Freeze the branch");
    expect(await ids(ada, "monday WATER")).toEqual(["plants"]);
    expect(await ids(ada, "about")).toEqual(["releases", "plants"]);
    expect(await ids(ada, "monday branch")).toEqual([]);
  });

  it("are renamed and deleted", async () => {
    await keep(ada, "one", 1);
    await renameConversation(ada, "one", "Another");
    expect(await listConversations(ada)).toEqual([{ id: "one", title: "Another", updatedAt: 1 }]);
    await deleteConversation(ada, "one");
    expect(await ids(ada)).toEqual([]);
  });

  it("are called by what was asked first, cut at a word", () => {
    expect(titleFor(saying("  Find\n the   handbook "))).toBe("Find the handbook");
    expect(titleFor([])).toBe("New conversation");
    const title = titleFor(saying("word ".repeat(40)));
    expect(title).toMatch(/^(word )+word…$/);
    expect(title.length).toBeLessThanOrEqual(61);
  });
});

it("a policy is kept for one person in one space", async () => {
  const policy = { rules: { "notion-update-page": "allow" as const }, readOnly: true };
  await keepPolicy(ada, policy);
  expect(await readPolicy(ada)).toEqual(policy);
  for (const other of others) expect(await readPolicy(other)).toEqual(NO_POLICY);
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
    expect(takePending(pending, tab)).toBe(true);
    expect(takePending(pending, tab)).toBe(false);
  });

  it("is not sent by an address alone, nor in another conversation or space", () => {
    const tab = storage();
    expect(takePending(pending, tab)).toBe(false);
    rememberPending(pending, tab);
    expect(takePending({ ...pending, conversationId: "c-2" }, tab)).toBe(false);
    rememberPending(pending, tab);
    expect(takePending({ ...pending, spaceId: "sp-2" }, tab)).toBe(false);
    tab.setItem("chat:pending", "{");
    expect(takePending(pending, tab)).toBe(false);
  });
});
