import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ada, type Gateway, here, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { alterKept, catchUp, listKept, openKept, send } from "@/lib/chat/kept-conversations";
import { choosePlace } from "@/lib/chat/place";

let gateway: Gateway;
beforeEach(async () => {
  gateway = await newGateway();
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

describe("a conversation kept by the gateway too", () => {
  it("is sent message by message: what was sent is not sent again", async () => {
    const first = said("m1");
    await save("c1", [first]);
    await send(ada, "c1");
    await save("c1", [first, said("m2")], [first]);
    const saves = vi.spyOn(gateway, "save");
    await send(ada, "c1");
    expect(Object.keys(saves.mock.calls[0]?.[1].messages ?? {})).toEqual(["m2"]);
    expect(gateway.there("c1")).toEqual(["m1", "m2"]);
    gateway.asked = [];
    await send(ada, "c1");
    expect(gateway.asked).toEqual([]);
  });

  it("is found on a device that has nothing of it", async () => {
    gateway.saysElsewhere("c1", said("m1"), said("m2"));
    expect((await listKept(ada)).conversations).toMatchObject([{ id: "c1", title: "Elsewhere" }]);
    expect((await openKept(ada, "c1")).kind).toBe("here");
    expect(await here("c1")).toEqual(["m1", "m2"]);
    expect((await catchUp(ada, "c1"))?.isNew).toBe(false);
  });

  it("has what both devices have said, where both saved", async () => {
    const first = said("m1");
    await save("c1", [first]);
    await send(ada, "c1");
    gateway.saysElsewhere("c1", said("theirs"));
    await save("c1", [first, said("mine")], [first]);
    await send(ada, "c1");
    expect(gateway.there("c1")).toEqual(["m1", "theirs", "mine"]);
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
    gateway.saysElsewhere("c1", said("theirs"));
    expect((await catchUp(ada, "c1"))?.isNew).toBe(true);
    expect(await here("c1")).toEqual(["m1", "theirs", "m2"]);
    await send(ada, "c1");
    expect(gateway.there("c1")).toEqual(["m1", "theirs", "m2"]);
  });

  it("loses messages that were taken out, in both places", async () => {
    const [first, second] = [said("m1"), said("m2")];
    await save("c1", [first, second]);
    await send(ada, "c1");
    await save("c1", [first], [first, second]);
    await send(ada, "c1");
    expect(gateway.there("c1")).toEqual(["m1"]);
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
    gateway.saysElsewhere("c1", said("m1"));
    choosePlace(ada, "browser");
    expect(await openKept(ada, "c1")).toMatchObject({ kind: "here" });
  });
});
