// @vitest-environment happy-dom
import "fake-indexeddb/auto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { UIMessage } from "ai";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useKeeping } from "@/components/chat/use-keeping";
import { useVersions } from "@/components/chat/use-versions";
import type { News } from "@/lib/chat/conversation-news";
import { keyOf, readConversation } from "@/lib/chat/conversations";
import { ada, type Gateway, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { send } from "@/lib/chat/kept-conversations";
import { OpenConversation } from "@/lib/chat/open-conversation";
import { newestPath, placedAfter } from "@/lib/chat/versions";

/** Saved once a second while an answer comes; with room for a machine that does much else. */
const SECONDS = { timeout: 5000, interval: 20 };

const answer = (id: string, after: UIMessage, text = id): UIMessage => ({
  id,
  role: "assistant",
  metadata: { end: "complete", ...placedAfter(after) },
  parts: [{ type: "text", text }],
});
const question = (id: string, after: UIMessage): UIMessage => ({
  ...said(id),
  metadata: placedAfter(after),
});
const q1: UIMessage = { ...said("q1"), metadata: placedAfter(undefined) };
const a1 = answer("a1", q1);
/** Asked at once, in this tab and in the other. */
const [mine, theirs] = [question("mine", a1), question("theirs", a1)];
const [toMine, toTheirs] = [answer("to-mine", mine), answer("to-theirs", theirs)];

let gateway: Gateway;
let other: BroadcastChannel;
let heard: News[];
/** What was set to be shown later, and is not shown yet. */
let late: number;
let transactions: { mock: { calls: unknown[] } };

beforeEach(async () => {
  gateway = await newGateway();
  other = new BroadcastChannel("conversations");
  heard = [];
  late = 0;
  transactions = vi.spyOn(IDBDatabase.prototype, "transaction");
  other.onmessage = ({ data }) => heard.push(data);
});
afterEach(() => {
  cleanup();
  other.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const tellHere = (isLive: boolean) => other.postMessage({ owner: keyOf(ada), id: "c1", isLive });
const idsOf = (messages: readonly UIMessage[]) => messages.map(({ id }) => id);

/**
 * A page that shows the conversation, without what asks a model. What is shown comes so long after it
 * was set, as from ``useChat``, which tells of its messages now and then.
 */
async function opened(lateMilliseconds = 0) {
  const kept = await readConversation(ada, "c1");
  const open = new OpenConversation(ada, "c1", kept);
  const initial = kept?.messages ?? [];
  const { result } = renderHook(() => {
    const [shown, setShown] = useState(() => newestPath(initial));
    const [live, setLive] = useState(false);
    const setLater: typeof setShown = (to) => {
      late += 1;
      setTimeout(() => {
        late -= 1;
        setShown(to);
      }, lateMilliseconds);
    };
    const versions = useVersions(initial, shown, lateMilliseconds ? setLater : setShown);
    const keeping = useKeeping({
      open,
      messages: versions.all,
      shown,
      live,
      problem: null,
      onKept: () => {},
      onEnded: () => {},
      onNotKept: (fault) => {
        throw fault;
      },
      onNotSent: () => {},
      onRead: (read) => {
        versions.take(read.messages);
        return true;
      },
    });
    return { ...keeping, all: versions.all, shown, setShown, setLive };
  });
  await quiet();
  return result;
}
type Page = Awaited<ReturnType<typeof opened>>;

/** Far more turns of the event loop than pass between one step of what is under way and the next. */
const STILL_TURNS = 100;

/**
 * All that was under way has come to its end, and nothing begins anew. Store, channel and gateway are
 * in this process and wait for no clock: a slow machine makes their turns longer, and not more.
 */
async function quiet(): Promise<void> {
  let [still, before] = [0, ""];
  while (still < STILL_TURNS) {
    await act(() => nextTurn());
    const now = `${heard.length} ${gateway.asked.length} ${transactions.mock.calls.length}`;
    still = now === before && late === 0 ? still + 1 : 0;
    before = now;
  }
}

const say = (page: Page, ...messages: UIMessage[]) =>
  act(() => page.current.setShown([...page.current.shown, ...messages]));

it("a tab that shows what another one has kept says nothing of it itself", async () => {
  await save("c1", [q1, a1]);
  const page = await opened();
  // The other tab has saved first, and this one hears of it last.
  await save("c1", [q1, a1, theirs, toTheirs], [q1, a1]);
  say(page, mine, toMine);
  await vi.waitFor(() => expect(heard).toHaveLength(1), SECONDS);
  tellHere(false);
  await vi.waitFor(() => expect(page.current.all).toHaveLength(6), SECONDS);
  expect(idsOf(page.current.shown)).toEqual(["q1", "a1", "mine", "to-mine"]);
  await quiet();
  expect(heard).toHaveLength(1);
  // As it is after a reload.
  expect(idsOf(page.current.all)).toEqual(["q1", "a1", "theirs", "to-theirs", "mine", "to-mine"]);
});

const allOf = (page: Page) => idsOf(page.current.all).toSorted();
const become = (page: Page, live: boolean) => act(() => page.current.setLive(live));

it("what others say while an answer comes here is shown once it has ended, however often they say it", async () => {
  await save("c1", [q1, a1]);
  const page = await opened();
  become(page, true);
  say(page, mine);
  await save("c1", [q1, a1, theirs], [q1, a1]);
  for (const isLive of [true, true, false, false]) tellHere(isLive);
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(1), SECONDS);
  expect(allOf(page)).toEqual(["a1", "mine", "q1"]);
  say(page, toMine);
  become(page, false);
  await vi.waitFor(() => expect(allOf(page)).toEqual(["a1", "mine", "q1", "theirs", "to-mine"]));
  expect(idsOf(page.current.shown)).toEqual(["q1", "a1", "mine", "to-mine"]);
  expect(page.current.elsewhere).toBe(false);
});

it("another tab is said to be answered until its end is told, also where what it said comes late", async () => {
  await save("c1", [q1, a1]);
  const page = await opened();
  await save("c1", [q1, a1, theirs], [q1, a1]);
  tellHere(true);
  await vi.waitFor(() => expect(page.current.elsewhere).toBe(true), SECONDS);
  await vi.waitFor(() => expect(allOf(page)).toContain("theirs"), SECONDS);
  // The end is told before what was said last.
  await save("c1", [q1, a1, theirs, toTheirs], [q1, a1, theirs]);
  tellHere(false);
  tellHere(true);
  tellHere(false);
  await vi.waitFor(() => expect(allOf(page)).toContain("to-theirs"), SECONDS);
  await quiet();
  expect(page.current.elsewhere).toBe(false);
});

it("what a tab was not told of it shows once somebody looks at it", async () => {
  await save("c1", [q1, a1]);
  await send(ada, "c1");
  const page = await opened();
  await save("c1", [q1, a1, theirs, toTheirs], [q1, a1]);
  await send(ada, "c1");
  expect(allOf(page)).toEqual(["a1", "q1"]);
  act(() => void window.dispatchEvent(new Event("focus")));
  await vi.waitFor(() => expect(allOf(page)).toEqual(["a1", "q1", "theirs", "to-theirs"]), SECONDS);
});

it("what another device has said meanwhile is shown once this tab has sent its own", async () => {
  await save("c1", [q1, a1]);
  await send(ada, "c1");
  const page = await opened();
  gateway.save("c1", {
    title: "t",
    messages: { theirs: { ...theirs } },
    gone: [],
    problem: null,
    waiting: 0,
  });
  say(page, mine, toMine);
  await vi.waitFor(
    () => expect(allOf(page)).toEqual(["a1", "mine", "q1", "theirs", "to-mine"]),
    SECONDS,
  );
  await quiet();
  expect(idsOf(page.current.shown)).toEqual(["q1", "a1", "mine", "to-mine"]);
});

it("what another tab has said is not taken for gone while it is still to be shown here", async () => {
  await save("c1", [q1, a1]);
  await send(ada, "c1");
  const page = await opened(100);
  const deleted = vi.spyOn(IDBObjectStore.prototype, "delete");
  await save("c1", [q1, a1, theirs, toTheirs], [q1, a1]);
  tellHere(false);
  await vi.waitFor(() => expect(allOf(page)).toContain("to-theirs"), SECONDS);
  await quiet();
  expect(deleted).not.toHaveBeenCalled();
  expect(idsOf((await readConversation(ada, "c1"))?.messages ?? [])).toEqual([
    "q1",
    "a1",
    "theirs",
    "to-theirs",
  ]);
  expect(heard).toEqual([]);
});
