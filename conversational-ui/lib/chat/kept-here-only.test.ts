import "fake-indexeddb/auto";
import { beforeEach, expect, it } from "vitest";
import { keepEverywhere, keepHereOnly } from "@/lib/chat/change-place";
import { ada, type Gateway, here, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { deleteKept, listKept, openKept, send } from "@/lib/chat/kept-conversations";
import { choosePlace } from "@/lib/chat/place";

let gateway: Gateway;
beforeEach(async () => {
  gateway = await newGateway();
});

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
  expect([await here("sent"), gateway.there("sent")]).toEqual([null, null]);
  expect(await deleteKept(ada)).toMatchObject({ ok: true });
  expect([await here("other"), gateway.there("other")]).toEqual([null, null]);
});

it("are copied here before the gateway's are deleted, and sent as a whole once wanted", async () => {
  gateway.saysElsewhere("c1", said("m1"), said("m2"));
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
  expect([gateway.there("c1"), gateway.there("c2")]).toEqual([["m1", "m2"], ["m3"]]);
});

it("leave at the gateway what is there, if that is wanted", async () => {
  gateway.saysElsewhere("c1", said("m1"));
  expect(await keepHereOnly(ada, false)).toMatchObject({ ok: true });
  expect(gateway.there("c1")).toEqual(["m1"]);
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
  expect(gateway.there("c1")).toEqual(["m1", "m2"]);
});
