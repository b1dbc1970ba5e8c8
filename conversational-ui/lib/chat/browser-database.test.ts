import "fake-indexeddb/auto";
import { openDB } from "idb";
import { afterEach, expect, it, vi } from "vitest";

const NAME = "conversational-ui";
const owner = { userId: "ada", spaceId: "sp-1" };
const messages = ["b", "a"].map((id) => ({
  id,
  role: "user" as const,
  parts: [{ type: "text" as const, text: `said in ${id}` }],
}));

/** As the first version made it. */
async function firstVersion() {
  const db = await openDB(NAME, 1, {
    upgrade(made) {
      const kept = made.createObjectStore("conversations", { keyPath: "id" });
      kept.createIndex("owner", ["owner", "updatedAt"]);
      made.createObjectStore("policies");
    },
  });
  const head = { title: "Plants", createdAt: 1, updatedAt: 2, problem: null };
  await db.put("conversations", { id: "c", owner: "ada\nsp-1", ...head, messages });
  await db.put("policies", { rules: {}, readOnly: true }, "ada\nsp-1");
  return db;
}

afterEach(async () => {
  const { browserDatabase } = await import("@/lib/chat/browser-database");
  (await browserDatabase()).close();
  indexedDB.deleteDatabase(NAME);
  vi.resetModules();
});

it("what the first version kept is found", async () => {
  (await firstVersion()).close();
  const { listConversations, readConversation } = await import("@/lib/chat/conversations");
  const { readPolicy } = await import("@/lib/chat/kept-policy");
  expect(await listConversations(owner, "said")).toEqual([
    { id: "c", title: "Plants", updatedAt: 2, isPinned: false, waiting: 0, change: 0 },
  ]);
  expect(await readConversation(owner, "c")).toEqual({
    id: "c",
    title: "Plants",
    createdAt: 1,
    updatedAt: 2,
    problem: null,
    messages,
  });
  expect(await readPolicy(owner)).toEqual({ rules: {}, readOnly: true });
});

it("a tab of the first version that is still open is said, and nothing is lost", async () => {
  const older = await firstVersion();
  const { readConversation } = await import("@/lib/chat/conversations");
  await expect(readConversation(owner, "c")).rejects.toThrow("older version");
  older.close();
  await vi.waitFor(async () => expect(await readConversation(owner, "c")).not.toBeNull());
});

it("a newer version gets the database from this one", async () => {
  const { listConversations } = await import("@/lib/chat/conversations");
  await listConversations(owner);
  const newer = await openDB(NAME, 3); // waits for ever where this one does not let go
  newer.close();
  indexedDB.deleteDatabase(NAME);
  expect(await listConversations(owner)).toEqual([]);
});
