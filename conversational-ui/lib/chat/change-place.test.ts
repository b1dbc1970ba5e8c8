import "fake-indexeddb/auto";
import { beforeEach, expect, it } from "vitest";
import { keepEverywhere, keepHereOnly } from "@/lib/chat/change-place";
import { ada, type Gateway, here, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { catchUp, listKept, send } from "@/lib/chat/kept-conversations";
import { chosenPlace } from "@/lib/chat/place";

let gateway: Gateway;
beforeEach(async () => {
  gateway = await newGateway();
});

const kept = () => [...gateway.kept.keys()];
/** In this browser and at the gateway. */
async function sent(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await save(id, [said("m1")]);
    await send(ada, id);
  }
}

it("deletes none here, whoever asks for them while they are deleted there", async () => {
  await sent("c1", "c2");
  gateway.onAnswered = async (asked) => {
    if (!asked.startsWith("DELETE")) return;
    gateway.onAnswered = () => {};
    await listKept(ada);
    for (const id of ["c1", "c2"]) await catchUp(ada, id);
  };
  expect(await keepHereOnly(ada, true)).toMatchObject({ ok: true });
  expect([await here("c1"), await here("c2")]).toEqual([["m1"], ["m1"]]);
  expect(kept()).toEqual([]);
});

it("deletes there what was brought here, not what another device begins meanwhile", async () => {
  await sent("c1");
  gateway.onAsked = (asked) => {
    if (!asked.startsWith("DELETE") || gateway.kept.has("new")) return;
    const messages = { m1: said("m1") };
    gateway.save("new", { title: "t", gone: [], problem: null, waiting: 0, messages });
  };
  expect(await keepHereOnly(ada, true)).toMatchObject({ ok: true });
  expect(kept()).toEqual(["new"]);
});

it("keeps them in both where the gateway does not delete them", async () => {
  await sent("c1", "c2");
  gateway.onAsked = (asked) => {
    if (asked === "DELETE /c2") gateway.isAway = true;
  };
  expect(await keepHereOnly(ada, true)).toMatchObject({ ok: false });
  gateway.isAway = false;
  expect(chosenPlace(ada)).toBe("gateway");
  expect(await listKept(ada)).toMatchObject({ conversations: { length: 2 } });
  expect(await here("c1")).toEqual(["m1"]);
  await send(ada, "c1");
  expect(kept().toSorted()).toEqual(["c1", "c2"]);
});

it("sends to the gateway what it had once and has no longer", async () => {
  await sent("c1", "c2");
  await keepHereOnly(ada, false);
  gateway.kept.delete("c1");
  expect(await keepEverywhere(ada)).toEqual({ sent: 2, all: 2, problem: null });
  expect(kept().toSorted()).toEqual(["c1", "c2"]);
  expect(await listKept(ada)).toMatchObject({ conversations: { length: 2 } });
});

it("deletes none here where the gateway could not say what it has", async () => {
  await sent("c1");
  await keepHereOnly(ada, false);
  gateway.kept.clear();
  gateway.isAway = true;
  expect(await keepEverywhere(ada)).toMatchObject({ sent: 0, all: 1 });
  gateway.isAway = false;
  await listKept(ada);
  expect(await here("c1")).toEqual(["m1"]);
});

it("sends nothing anew that another device has gone on with", async () => {
  await sent("c1");
  await keepHereOnly(ada, false);
  const messages = { m1: said("m1", "as it is now") };
  gateway.save("c1", { title: "t", gone: [], problem: null, waiting: 0, messages });
  expect(await keepEverywhere(ada)).toMatchObject({ sent: 1, all: 1 });
  expect(gateway.kept.get("c1")?.messages).toEqual(messages);
});
