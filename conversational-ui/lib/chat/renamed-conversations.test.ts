import "fake-indexeddb/auto";
import { beforeEach, expect, it, vi } from "vitest";
import { ada, type Gateway, here, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { alterKept, deleteKept, listKept, openKept, send } from "@/lib/chat/kept-conversations";

let gateway: Gateway;
beforeEach(async () => {
  gateway = await newGateway();
});

it("is renamed and deleted in both", async () => {
  await save("c1", [said("m1")]);
  await send(ada, "c1");
  await alterKept(ada, "c1", { title: "Plans" });
  expect(gateway.kept.get("c1")?.title).toBe("Plans");
  expect((await listKept(ada)).conversations[0]?.title).toBe("Plans");
  expect(await deleteKept(ada, "c1")).toMatchObject({ ok: true });
  expect([await here("c1"), gateway.there("c1")]).toEqual([null, null]);
});

it("is renamed and pinned here where that cannot be told, and there once it can", async () => {
  await save("c1", [said("m1")]);
  await send(ada, "c1");
  gateway.isAway = true;
  const told = { ok: false, problem: { reason: "offline" }, isHere: true };
  expect(await alterKept(ada, "c1", { title: "Plans" })).toMatchObject(told);
  expect(await alterKept(ada, "c1", { isPinned: true })).toMatchObject(told);
  gateway.isAway = false;
  gateway.saysElsewhere("c1", said("theirs"));
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
  gateway.saysElsewhere("c1", said("m1"));
  gateway.isAway = true;
  expect(await alterKept(ada, "c1", { title: "Plans" })).toMatchObject({
    ok: false,
    isHere: false,
  });
});
