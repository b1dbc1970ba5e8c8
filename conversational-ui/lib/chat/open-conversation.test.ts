import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type News, onNews } from "@/lib/chat/conversation-news";
import {
  deleteAllConversations,
  keyOf,
  readConversation,
  saveConversation,
} from "@/lib/chat/conversations";
import { chatProblem } from "@/lib/chat/failures";
import { OpenConversation } from "@/lib/chat/open-conversation";

const owner = { userId: "ada", spaceId: "sp-1" };
const said = (id: string): UIMessage => ({ id, role: "user", parts: [{ type: "text", text: id }] });
const [one, two] = [said("one"), said("two")];
const idle = { problem: null, isLive: false };

let other: BroadcastChannel;
let news: News[];

beforeEach(async () => {
  await deleteAllConversations(owner);
  other = new BroadcastChannel("conversations");
  news = [];
  other.onmessage = ({ data }) => news.push(data);
});
afterEach(() => other.close());

it("saves what is new and tells the other tabs, and is silent where nothing is", async () => {
  const open = new OpenConversation(owner, "c", null);
  expect(await open.save({ messages: [one], ...idle })).toEqual({ title: "one", isNew: true });
  expect(await open.save({ messages: [one], ...idle })).toBeNull();
  expect(await open.save({ messages: [one, two], ...idle })).toMatchObject({ isNew: false });
  await vi.waitFor(() => expect(news).toHaveLength(2));
  expect(news[0]).toEqual({ owner: keyOf(owner), id: "c", isLive: false });
});

it("says when an answer begins to come and when it has ended", async () => {
  const open = new OpenConversation(owner, "c", null);
  await open.save({ messages: [one], problem: null, isLive: true });
  await open.save({ messages: [one], ...idle });
  await vi.waitFor(() => expect(news.map(({ isLive }) => isLive)).toEqual([true, false]));
});

it("goes on saying that an answer is coming while nothing of it comes", async () => {
  const open = new OpenConversation(owner, "c", null);
  const live = { messages: [one], problem: null, isLive: true };
  for (const _ of [1, 2, 3]) await open.save(live);
  await open.save({ ...live, isLive: false });
  await open.save({ ...live, isLive: false });
  await vi.waitFor(() =>
    expect(news.map(({ isLive }) => isLive)).toEqual([true, true, true, false]),
  );
});

it("reads as the same object what nobody has changed, in whatever order it is kept", async () => {
  const open = new OpenConversation(owner, "c", null);
  await open.save({ messages: [one, two], ...idle });
  const read = await open.read();
  expect(read?.messages[0]).toBe(one);
  expect(open.has({ messages: [two, one], problem: null })).toBe(true);
  const changed = { ...two, parts: [{ type: "text" as const, text: "other" }] };
  await saveConversation(owner, "c", { before: [two], now: [changed], problem: null });
  const after = await open.read();
  expect(after?.messages).toEqual([one, changed]);
  expect(after?.messages[0]).toBe(one);
  expect(open.has({ messages: after?.messages ?? [], problem: null })).toBe(false);
});

it("keeps a problem that comes, and one that goes", async () => {
  const open = new OpenConversation(owner, "c", null);
  const problem = chatProblem("cancelled", 499);
  await open.save({ messages: [one], problem, isLive: false });
  expect((await readConversation(owner, "c"))?.problem).toEqual(problem);
  await open.save({ messages: [one], ...idle });
  expect((await readConversation(owner, "c"))?.problem).toBeNull();
});

it("two saves at once are one after the other, and a reading comes after both", async () => {
  const open = new OpenConversation(owner, "c", null);
  const saves = [[one], [one, two]].map((messages) => open.save({ messages, ...idle }));
  expect((await open.read())?.messages).toEqual([one, two]);
  expect(await Promise.all(saves)).toEqual([
    { title: "one", isNew: true },
    { title: "one", isNew: false },
  ]);
});

it("tries again with all of it where a save was refused", async () => {
  const open = new OpenConversation(owner, "c", null);
  const full = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
    throw new DOMException("no room", "QuotaExceededError");
  });
  await expect(open.save({ messages: [one], ...idle })).rejects.toThrow("no room");
  full.mockRestore();
  await open.save({ messages: [one, two], ...idle });
  expect((await readConversation(owner, "c"))?.messages).toEqual([one, two]);
});

it("hears what another tab tells, until it is told to stop", async () => {
  const heard: News[] = [];
  const stop = onNews((came) => heard.push(came));
  const told = { owner: "x", id: "c", isLive: true };
  other.postMessage(told);
  await vi.waitFor(() => expect(heard).toEqual([told]));
  stop();
});
