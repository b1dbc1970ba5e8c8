import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { readConversation } from "@/lib/chat/conversations";
import { ada, type Gateway, here, MIB, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { catchUp, listKept, openKept, send } from "@/lib/chat/kept-conversations";

let gateway: Gateway;
beforeEach(async () => {
  gateway = await newGateway();
});

const answer = (text: string, end: "cut" | "complete"): UIMessage => ({
  id: "a1",
  role: "assistant",
  metadata: { end },
  parts: [{ type: "text", text }],
});

describe("more than the gateway takes at once", { timeout: 60_000 }, () => {
  const large = (id: string, size = MIB) => said(id, "x".repeat(size));
  const three = Array.from({ length: 3 }, (_, at) => large(`m${at}`, 1.6 * MIB));
  const ids = three.map(({ id }) => id);

  it("is sent in portions, in order", async () => {
    await save("c1", three);
    expect(await send(ada, "c1")).toBeNull();
    expect(gateway.there("c1")).toEqual(ids);
    expect(gateway.largest).toBeLessThan(3 * MIB);
    gateway.asked = [];
    await send(ada, "c1");
    expect(gateway.asked).toEqual([]);
  });

  it("goes on where it was refused, and loses nothing", async () => {
    await save("c1", three);
    gateway.puts = 1;
    expect(await send(ada, "c1")).toMatchObject({ reason: "invalid_request" });
    expect(gateway.there("c1")).toEqual(ids.slice(0, 1));
    gateway.puts = Number.POSITIVE_INFINITY;
    const saves = vi.spyOn(gateway, "save");
    // What another page reads meanwhile takes nothing away here.
    await openKept(ada, "c1");
    expect(await here("c1")).toEqual(ids);
    expect(await send(ada, "c1")).toBeNull();
    expect(gateway.there("c1")).toEqual(ids);
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
    expect(gateway.there("c1")).toEqual([...ids, "last"]);
  });

  it("stays here where it is one message, and the others are sent", async () => {
    await save("c1", [said("m1"), large("m2", 4.5 * MIB), said("m3")]);
    expect(await send(ada, "c1")).toMatchObject({ reason: "message_too_large" });
    expect(gateway.there("c1")).toEqual(["m1", "m3"]);
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

  it("stays as far as this page has read it, where a killed server has saved less", async () => {
    await save("c1", half);
    gateway.saysElsewhere("c1", half[0] as UIMessage, answer("The", "cut"));
    await openKept(ada, "c1");
    expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(half[1]);
    await send(ada, "c1");
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(half[1]);
    // It has come further there, or to an end.
    for (const theirs of [answer("The plan", "cut"), answer("No", "complete")]) {
      await save("c1", half, [half[0] as UIMessage]);
      gateway.saysElsewhere("c1", theirs);
      await openKept(ada, "c1");
      expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(theirs);
    }
  });

  it("is not sent while it is written, and does not undo the end that comes meanwhile", async () => {
    await save("c1", half);
    gateway.saysElsewhere("c1", half[0] as UIMessage, answer("The", "cut"));
    const kept = gateway.kept.get("c1");
    if (kept) kept.is_answering = true;
    gateway.onAnswered = (asked) => {
      if (!asked.startsWith("GET")) return;
      gateway.onAnswered = () => {};
      gateway.saysElsewhere("c1", whole);
    };
    await send(ada, "c1");
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(whole);
    // What is read here stays until then, and is sent where nobody writes it any more.
    await catchUp(ada, "c1");
    expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(whole);
  });

  it("stays as it was read, and is sent once its server has ended without its end", async () => {
    await save("c1", half);
    gateway.saysElsewhere("c1", half[0] as UIMessage, answer("The", "cut"));
    const kept = gateway.kept.get("c1");
    if (kept) kept.is_answering = true;
    await send(ada, "c1");
    expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(half[1]);
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(answer("The", "cut"));
    gateway.saysElsewhere("c1", answer("The", "cut"));
    await catchUp(ada, "c1");
    await send(ada, "c1");
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(half[1]);
  });

  it("is not put back by what the gateway had answered before its end was sent", async () => {
    await save("c1", half);
    await send(ada, "c1");
    gateway.saysElsewhere("c1", answer("The plan", "cut"));
    // Another tab is told of this; while that is under way, the end comes and is sent.
    gateway.onAnswered = async (asked) => {
      if (!asked.startsWith("GET")) return;
      gateway.onAnswered = () => {};
      await save("c1", [half[0] as UIMessage, whole], half);
      await send(ada, "c1");
    };
    await catchUp(ada, "c1");
    expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(whole);
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(whole);
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
    gateway.saysElsewhere("c1", done);
    await save("c1", [question, denied], [question, both]);
    await send(ada, "c1");
    expect(gateway.kept.get("c1")).toMatchObject({ messages: { a1: done }, waiting: 0 });
    expect((await readConversation(ada, "c1"))?.messages[1]).toEqual(done);
    expect((await listKept(ada)).conversations[0]).toMatchObject({ waiting: 0 });
  });

  it("are told as they were decided here where nobody else has", async () => {
    await save("c1", [question, both]);
    await send(ada, "c1");
    gateway.saysElsewhere("c1", said("m2"));
    await save("c1", [question, denied], [question, both]);
    await send(ada, "c1");
    expect(gateway.kept.get("c1")?.messages.a1).toEqual(denied);
  });
});
