import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { keepEverywhere, keepHereOnly } from "@/lib/chat/change-place";
import { readConversation } from "@/lib/chat/conversations";
import { ada, type Gateway, MIB, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import {
  alterKept,
  catchUp,
  deleteKept,
  listKept,
  openKept,
  send,
} from "@/lib/chat/kept-conversations";
import { choosePlace } from "@/lib/chat/place";

let gateway: Gateway;
beforeEach(async () => {
  gateway = await newGateway();
});

const here = async (id: string) =>
  (await readConversation(ada, id))?.messages.map(({ id: one }) => one) ?? null;
const there = (id: string) => gateway.kept.get(id)?.message_ids ?? null;
/** Another device of the same person saves. */
const elsewhere = (id: string, ...messages: UIMessage[]) =>
  gateway.save(id, {
    title: "Elsewhere",
    messages: Object.fromEntries(messages.map((one) => [one.id, one])),
    gone: [],
    problem: null,
    waiting: 0,
  });

const answer = (text: string, end: "cut" | "complete"): UIMessage => ({
  id: "a1",
  role: "assistant",
  metadata: { end },
  parts: [{ type: "text", text }],
});

describe("a list of conversations on several devices", () => {
  it("has what is pinned, and what waits for the person's word, wherever that was seen first", async () => {
    gateway.save("c1", {
      title: "t",
      gone: [],
      problem: null,
      waiting: 1,
      messages: { m1: said("m1") },
    });
    expect((await listKept(ada)).conversations[0]).toMatchObject({ waiting: 1, isPinned: false });
    await openKept(ada, "c1");
    await alterKept(ada, "c1", { isPinned: true });
    expect(gateway.kept.get("c1")).toMatchObject({ is_pinned: true });
    gateway.isAway = true;
    expect((await listKept(ada)).conversations[0]).toMatchObject({ waiting: 1, isPinned: true });
    // Decided here, while the gateway cannot be told.
    vi.setSystemTime(1_900_000_000_000);
    await save("c1", [said("m1"), said("m2")], [said("m1")]);
    gateway.isAway = false;
    expect((await listKept(ada)).conversations[0]?.waiting).toBe(0);
    vi.useRealTimers();
  });
});

describe("more than the gateway takes at once", { timeout: 60_000 }, () => {
  const large = (id: string, size = MIB) => said(id, "x".repeat(size));
  const three = Array.from({ length: 3 }, (_, at) => large(`m${at}`, 1.6 * MIB));
  const ids = three.map(({ id }) => id);

  it("is sent in portions, in order", async () => {
    await save("c1", three);
    expect(await send(ada, "c1")).toBeNull();
    expect(there("c1")).toEqual(ids);
    expect(gateway.largest).toBeLessThan(3 * MIB);
    gateway.asked = [];
    await send(ada, "c1");
    expect(gateway.asked).toEqual([]);
  });

  it("goes on where it was refused, and loses nothing", async () => {
    await save("c1", three);
    gateway.puts = 1;
    expect(await send(ada, "c1")).toMatchObject({ reason: "invalid_request" });
    expect(there("c1")).toEqual(ids.slice(0, 1));
    gateway.puts = Number.POSITIVE_INFINITY;
    const saves = vi.spyOn(gateway, "save");
    // What another page reads meanwhile takes nothing away here.
    await openKept(ada, "c1");
    expect(await here("c1")).toEqual(ids);
    expect(await send(ada, "c1")).toBeNull();
    expect(there("c1")).toEqual(ids);
    expect(saves.mock.calls.flatMap(([, { messages }]) => Object.keys(messages))).toEqual(
      ids.slice(1),
    );
  });

  it("is sent again as a whole, in portions, where the gateway has lost it", async () => {
    await save("c1", three);
    await send(ada, "c1");
    gateway.kept.clear();
    await save("c1", [...three, said("last")], three);
    await openKept(ada, "c1");
    gateway.puts = 2;
    await send(ada, "c1");
    await openKept(ada, "c1");
    expect(await here("c1")).toEqual([...ids, "last"]);
    gateway.puts = Number.POSITIVE_INFINITY;
    expect(await send(ada, "c1")).toBeNull();
    expect(there("c1")).toEqual([...ids, "last"]);
  });

  it("stays here where it is one message, and the others are sent", async () => {
    await save("c1", [said("m1"), large("m2", 4.5 * MIB), said("m3")]);
    expect(await send(ada, "c1")).toMatchObject({ reason: "message_too_large" });
    expect(there("c1")).toEqual(["m1", "m3"]);
    await openKept(ada, "c1");
    expect((await here("c1"))?.toSorted()).toEqual(["m1", "m2", "m3"]);
  });
});

describe("an answer that its server writes on after this page was left", () => {
  const half = [said("m1"), answer("The pl", "cut")];
  const whole = answer("The plan is here.", "complete");

  it("is shown as far as the server has come, also in a conversation that was never sent", async () => {
    await save("c1", half);
    gateway.save("c1", {
      title: "t",
      gone: [],
      problem: null,
      waiting: 0,
      messages: { m1: half[0] as UIMessage, a1: whole },
    });
    expect(await openKept(ada, "c1")).toMatchObject({
      kind: "here",
      conversation: { messages: [half[0], whole] },
    });
  });

  it("is never put back to where this page was left", async () => {
    await save("c1", half);
    gateway.save("c1", {
      title: "t",
      gone: [],
      problem: null,
      waiting: 0,
      messages: { m1: half[0] as UIMessage, a1: whole },
    });
    await send(ada, "c1");
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(whole);
    expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(whole);
  });

  it("is sent as it is here where the server has none of it", async () => {
    await save("c1", half);
    await send(ada, "c1");
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(half[1]);
  });
});

describe("two calls that wait, shown on two devices", () => {
  const call = (id: string, state: string) => ({
    type: "tool-search",
    toolCallId: id,
    state,
    input: {},
    approval: { id, ...(state === "approval-requested" ? {} : { approved: state !== "denied" }) },
    ...(state === "output-available" && { output: { of: id } }),
  });
  const calls = (first: string, second: string) =>
    ({
      id: "a1",
      role: "assistant",
      metadata: { end: "complete" },
      parts: [call("one", first), call("two", second)],
    }) as UIMessage;
  const question = said("m1");
  const both = calls("approval-requested", "approval-requested");
  const done = calls("output-available", "output-available");
  const denied = calls("approval-responded", "approval-requested");

  it("stay as they came out on the device that decided first", async () => {
    await save("c1", [question, both]);
    await send(ada, "c1");
    elsewhere("c1", done);
    await save("c1", [question, denied], [question, both]);
    await send(ada, "c1");
    expect(gateway.kept.get("c1")).toMatchObject({ messages: { a1: done }, waiting: 0 });
    expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(done);
    expect((await listKept(ada)).conversations[0]).toMatchObject({ waiting: 0 });
  });

  it("are told as they were decided here where nobody else has", async () => {
    await save("c1", [question, both]);
    await send(ada, "c1");
    elsewhere("c1", said("m2"));
    await save("c1", [question, denied], [question, both]);
    await send(ada, "c1");
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(denied);
  });
});

describe("a conversation kept by the gateway too", () => {
  it("is sent message by message: what was sent is not sent again", async () => {
    const first = said("m1");
    await save("c1", [first]);
    await send(ada, "c1");
    await save("c1", [first, said("m2")], [first]);
    const saves = vi.spyOn(gateway, "save");
    await send(ada, "c1");
    expect(Object.keys(saves.mock.calls[0]?.[1].messages ?? {})).toEqual(["m2"]);
    expect(there("c1")).toEqual(["m1", "m2"]);
    gateway.asked = [];
    await send(ada, "c1");
    expect(gateway.asked).toEqual([]);
  });

  it("is found on a device that has nothing of it", async () => {
    elsewhere("c1", said("m1"), said("m2"));
    expect((await listKept(ada)).conversations).toMatchObject([{ id: "c1", title: "Elsewhere" }]);
    expect((await openKept(ada, "c1")).kind).toBe("here");
    expect(await here("c1")).toEqual(["m1", "m2"]);
    expect((await catchUp(ada, "c1"))?.isNew).toBe(false);
  });

  it("has what both devices have said, where both saved", async () => {
    const first = said("m1");
    await save("c1", [first]);
    await send(ada, "c1");
    elsewhere("c1", said("theirs"));
    await save("c1", [first, said("mine")], [first]);
    await send(ada, "c1");
    expect(there("c1")).toEqual(["m1", "theirs", "mine"]);
    expect(await here("c1")).toEqual(["m1", "theirs", "mine"]);
  });

  it("keeps here what was said without a network, and sends it later", async () => {
    const first = said("m1");
    await save("c1", [first]);
    await send(ada, "c1");
    gateway.isAway = true;
    await save("c1", [first, said("m2")], [first]);
    await send(ada, "c1");
    expect(await listKept(ada)).toMatchObject({
      problem: { reason: "offline" },
      conversations: [{ id: "c1" }],
    });
    gateway.isAway = false;
    elsewhere("c1", said("theirs"));
    expect((await catchUp(ada, "c1"))?.isNew).toBe(true);
    expect(await here("c1")).toEqual(["m1", "theirs", "m2"]);
    await send(ada, "c1");
    expect(there("c1")).toEqual(["m1", "theirs", "m2"]);
  });

  it("loses messages that were taken out, in both places", async () => {
    const [first, second] = [said("m1"), said("m2")];
    await save("c1", [first, second]);
    await send(ada, "c1");
    await save("c1", [first], [first, second]);
    await send(ada, "c1");
    expect(there("c1")).toEqual(["m1"]);
    expect(await here("c1")).toEqual(["m1"]);
  });

  it("goes here too once it was deleted elsewhere, but not what was never sent", async () => {
    for (const id of ["sent", "unsent"]) await save(id, [said("m1")]);
    await send(ada, "sent");
    gateway.kept.clear();
    expect((await listKept(ada)).conversations.map(({ id }) => id)).toEqual(["unsent"]);
    expect(await here("sent")).toBeNull();
  });

  it.each([
    ["listed", () => listKept(ada), "GET ?"],
    ["opened", () => openKept(ada, "c1"), "GET /c1?after=0"],
  ])("stays here where it is told first while it is %s", async (_, asks, question) => {
    await save("c1", [said("m1")]);
    gateway.onAnswered = (asked) => {
      if (asked === question) return send(ada, "c1");
    };
    await asks();
    expect([await here("c1"), there("c1")]).toEqual([["m1"], ["m1"]]);
  });

  it.each([
    ["listed", () => listKept(ada)],
    ["opened", () => openKept(ada, "c1")],
  ])("stays here where the gateway keeps none for a while, and it is %s", async (_, asks) => {
    await save("c1", [said("m1")]);
    await send(ada, "c1");
    gateway.keepDays = 0;
    gateway.kept.clear();
    await asks();
    expect(await here("c1")).toEqual(["m1"]);
    gateway.keepDays = 365;
    await listKept(ada);
    await openKept(ada, "c1");
    expect(await here("c1")).toEqual(["m1"]);
    await send(ada, "c1");
    expect(there("c1")).toEqual(["m1"]);
  });

  it("is kept there again, all of it, where somebody goes on with it here", async () => {
    const first = said("m1");
    await save("c1", [first]);
    await send(ada, "c1");
    gateway.kept.clear();
    await save("c1", [first, said("m2")], [first]);
    expect(await catchUp(ada, "c1")).toEqual({ isNew: false, isAnswering: false });
    await send(ada, "c1");
    expect(there("c1")).toEqual(["m1", "m2"]);
    expect(await here("c1")).toEqual(["m1", "m2"]);
  });

  it("loses nothing here, and no order there, where it was deleted and nobody knew that", async () => {
    const first = [said("m1"), said("m2")];
    await save("c1", first);
    await send(ada, "c1");
    gateway.kept.clear();
    await save("c1", [...first, said("m3")], first);
    await send(ada, "c1");
    expect(await here("c1")).toEqual(["m1", "m2", "m3"]);
    expect(there("c1")).toEqual(["m1", "m2", "m3"]);
  });

  it("does not come back where nothing but an answer was still to be sent", async () => {
    const [question, answer] = [said("m1"), { ...said("a1"), role: "assistant" as const }];
    await save("c1", [question]);
    await send(ada, "c1");
    gateway.kept.clear();
    await save("c1", [question, answer], [question]);
    await send(ada, "c1");
    expect(there("c1")).toBeNull();
    expect(await here("c1")).toBeNull();
  });

  it("comes back whole where its person was just saying something in it", async () => {
    const question = said("m1");
    await save("c1", [question]);
    await send(ada, "c1");
    gateway.kept.clear();
    await save("c1", [question, said("m2")], [question]);
    await send(ada, "c1");
    expect(there("c1")).toEqual(["m1", "m2"]);
  });

  it("is renamed and deleted in both", async () => {
    await save("c1", [said("m1")]);
    await send(ada, "c1");
    await alterKept(ada, "c1", { title: "Plans" });
    expect(gateway.kept.get("c1")?.title).toBe("Plans");
    expect((await listKept(ada)).conversations[0]?.title).toBe("Plans");
    expect(await deleteKept(ada, "c1")).toMatchObject({ ok: true });
    expect([await here("c1"), there("c1")]).toEqual([null, null]);
  });

  it("is renamed and pinned here where that cannot be told, and there once it can", async () => {
    await save("c1", [said("m1")]);
    await send(ada, "c1");
    gateway.isAway = true;
    const told = { ok: false, problem: { reason: "offline" }, isHere: true };
    expect(await alterKept(ada, "c1", { title: "Plans" })).toMatchObject(told);
    expect(await alterKept(ada, "c1", { isPinned: true })).toMatchObject(told);
    gateway.isAway = false;
    elsewhere("c1", said("theirs"));
    await openKept(ada, "c1");
    const now = { title: "Plans", isPinned: true };
    expect((await listKept(ada)).conversations[0]).toMatchObject(now);
    await vi.waitFor(() =>
      expect(gateway.kept.get("c1")).toMatchObject({ title: "Plans", is_pinned: true }),
    );
    await send(ada, "c1");
    gateway.asked = [];
    await send(ada, "c1");
    expect(gateway.asked).toEqual([]);
    expect((await listKept(ada)).conversations[0]).toMatchObject(now);
  });

  it("takes its name and its pin along where it was never sent before", async () => {
    await save("c1", [said("m1")]);
    gateway.isAway = true;
    expect(await alterKept(ada, "c1", { title: "Plans" })).toEqual(
      expect.objectContaining({ ok: true }),
    );
    await alterKept(ada, "c1", { isPinned: true });
    gateway.isAway = false;
    await send(ada, "c1");
    expect(gateway.kept.get("c1")).toMatchObject({ title: "Plans", is_pinned: true });
  });

  it("keeps its pin and its name where it is kept there again", async () => {
    await save("c1", [said("m1")]);
    await send(ada, "c1");
    await alterKept(ada, "c1", { isPinned: true, title: "Plans" });
    gateway.kept.clear();
    await save("c1", [said("m1"), said("m2")], [said("m1")]);
    await send(ada, "c1");
    expect(gateway.kept.get("c1")).toMatchObject({ title: "Plans", is_pinned: true });
    expect((await listKept(ada)).conversations[0]).toMatchObject({ isPinned: true });
  });

  it("is not renamed where it is only there and that cannot be told", async () => {
    elsewhere("c1", said("m1"));
    gateway.isAway = true;
    expect(await alterKept(ada, "c1", { title: "Plans" })).toMatchObject({
      ok: false,
      isHere: false,
    });
  });

  it.each(["c1", undefined])(
    "is deleted after a first telling that is under way, alone or with all: %s",
    async (which) => {
      await save("c1", [said("m1")]);
      const { promise: hold, resolve: letGo } = Promise.withResolvers<void>();
      gateway.onAsked = (asked) => (asked.startsWith("PUT") ? hold : undefined);
      const sending = send(ada, "c1");
      await vi.waitFor(() => expect(gateway.asked).toEqual(["PUT /c1"]));
      const deleting = deleteKept(ada, which);
      // One that did not wait would have reached the gateway by now.
      await send(ada, "another");
      await openKept(ada, "another");
      letGo();
      await Promise.all([sending, deleting]);
      expect([await here("c1"), there("c1")]).toEqual([null, null]);
    },
  );

  it("stays here where it cannot be deleted there", async () => {
    await save("c1", [said("m1")]);
    await send(ada, "c1");
    gateway.isAway = true;
    expect(await deleteKept(ada, "c1")).toMatchObject({ ok: false });
    expect(await here("c1")).toEqual(["m1"]);
  });
});

describe("an address that names nothing here", () => {
  it("is of no conversation only where the gateway says so", async () => {
    expect(await openKept(ada, "c1")).toEqual({ kind: "none" });
    gateway.isAway = true;
    expect(await openKept(ada, "c1")).toMatchObject({
      kind: "unknown",
      problem: { reason: "offline" },
    });
  });

  it("is looked for in the person's other spaces", async () => {
    gateway.elsewhere.add("/api/spaces/sp-3/conversations/c1");
    const spaces = ["sp-1", "sp-2", "sp-3", "sp-4"];
    expect(await openKept(ada, "c1", spaces)).toEqual({ kind: "elsewhere", spaceId: "sp-3" });
    expect(await openKept(ada, "c2", spaces)).toEqual({ kind: "none" });
    // What is here is not looked for elsewhere.
    await save("c3", [said("m1")]);
    gateway.asked = [];
    expect(await openKept(ada, "c3", spaces)).toMatchObject({ kind: "here" });
    expect(gateway.asked).toHaveLength(1);
  });

  it("is found at the gateway also by who keeps new ones in this browser only", async () => {
    elsewhere("c1", said("m1"));
    choosePlace(ada, "browser");
    expect(await openKept(ada, "c1")).toMatchObject({ kind: "here" });
  });
});

describe("conversations of this browser only", () => {
  it("are never sent, nor asked for", async () => {
    choosePlace(ada, "browser");
    await save("c1", [said("m1")]);
    await send(ada, "c1");
    expect(await listKept(ada)).toMatchObject({ place: "browser", conversations: [{ id: "c1" }] });
    await openKept(ada, "c1");
    expect(gateway.asked).toEqual([]);
  });

  it("are deleted at the gateway too where it had them before", async () => {
    for (const id of ["sent", "other"]) {
      await save(id, [said("m1")]);
      await send(ada, id);
    }
    choosePlace(ada, "browser");
    await save("own", [said("m1")]);
    gateway.asked = [];
    await deleteKept(ada, "own");
    expect(gateway.asked).toEqual([]);
    expect(await deleteKept(ada, "sent")).toMatchObject({ ok: true });
    expect([await here("sent"), there("sent")]).toEqual([null, null]);
    expect(await deleteKept(ada)).toMatchObject({ ok: true });
    expect([await here("other"), there("other")]).toEqual([null, null]);
  });

  it("are copied here before the gateway's are deleted, and sent as a whole once wanted", async () => {
    elsewhere("c1", said("m1"), said("m2"));
    await save("c2", [said("m3")]);
    await send(ada, "c2");
    gateway.isAway = true;
    expect(await keepHereOnly(ada, true)).toMatchObject({ ok: false });
    expect(await listKept(ada)).toMatchObject({ place: "gateway" });
    gateway.isAway = false;
    expect(await keepHereOnly(ada, true)).toMatchObject({ ok: true });
    expect([await here("c1"), await here("c2")]).toEqual([["m1", "m2"], ["m3"]]);
    expect(gateway.kept.size).toBe(0);
    expect((await listKept(ada)).conversations).toHaveLength(2);

    gateway.isAway = true;
    expect(await keepEverywhere(ada)).toMatchObject({ sent: 0, all: 2 });
    gateway.isAway = false;
    expect(await keepEverywhere(ada)).toEqual({ sent: 2, all: 2, problem: null });
    expect([there("c1"), there("c2")]).toEqual([["m1", "m2"], ["m3"]]);
  });

  it("leave at the gateway what is there, if that is wanted", async () => {
    elsewhere("c1", said("m1"));
    expect(await keepHereOnly(ada, false)).toMatchObject({ ok: true });
    expect(there("c1")).toEqual(["m1"]);
    expect(await listKept(ada)).toMatchObject({ place: "browser", conversations: [] });
  });

  it("are those of a gateway that keeps none", async () => {
    gateway.keepDays = 0;
    await save("c1", [said("m1")]);
    expect(await listKept(ada)).toMatchObject({ place: "browser", problem: null });
  });

  it("are sent as a whole once the person wants it", async () => {
    choosePlace(ada, "browser");
    const first = said("m1");
    await save("c1", [first]);
    choosePlace(ada, "gateway");
    await save("c1", [first, said("m2")], [first]);
    await send(ada, "c1");
    expect(there("c1")).toEqual(["m1", "m2"]);
  });
});
