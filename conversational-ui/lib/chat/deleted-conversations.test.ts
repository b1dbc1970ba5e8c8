import "fake-indexeddb/auto";
import { beforeEach, expect, it, vi } from "vitest";
import { ada, type Gateway, here, newGateway, said, save } from "@/lib/chat/gateway-in-memory";
import { catchUp, deleteKept, listKept, openKept, send } from "@/lib/chat/kept-conversations";

let gateway: Gateway;
beforeEach(async () => {
  gateway = await newGateway();
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
  expect([await here("c1"), gateway.there("c1")]).toEqual([["m1"], ["m1"]]);
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
  expect(gateway.there("c1")).toEqual(["m1"]);
});

it("is kept there again, all of it, where somebody goes on with it here", async () => {
  const first = said("m1");
  await save("c1", [first]);
  await send(ada, "c1");
  gateway.kept.clear();
  await save("c1", [first, said("m2")], [first]);
  expect(await catchUp(ada, "c1")).toEqual({ isNew: false, isAnswering: false });
  await send(ada, "c1");
  expect(gateway.there("c1")).toEqual(["m1", "m2"]);
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
  expect(gateway.there("c1")).toEqual(["m1", "m2", "m3"]);
});

it("does not come back where nothing but an answer was still to be sent", async () => {
  const [question, answer] = [said("m1"), { ...said("a1"), role: "assistant" as const }];
  await save("c1", [question]);
  await send(ada, "c1");
  gateway.kept.clear();
  await save("c1", [question, answer], [question]);
  await send(ada, "c1");
  expect(gateway.there("c1")).toBeNull();
  expect(await here("c1")).toBeNull();
});

it("comes back whole where its person was just saying something in it", async () => {
  const question = said("m1");
  await save("c1", [question]);
  await send(ada, "c1");
  gateway.kept.clear();
  await save("c1", [question, said("m2")], [question]);
  await send(ada, "c1");
  expect(gateway.there("c1")).toEqual(["m1", "m2"]);
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
    expect([await here("c1"), gateway.there("c1")]).toEqual([null, null]);
  },
);

it("stays here where it cannot be deleted there", async () => {
  await save("c1", [said("m1")]);
  await send(ada, "c1");
  gateway.isAway = true;
  expect(await deleteKept(ada, "c1")).toMatchObject({ ok: false });
  expect(await here("c1")).toEqual(["m1"]);
});
