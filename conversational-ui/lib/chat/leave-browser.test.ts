import "fake-indexeddb/auto";
import type { UIMessage } from "ai";
import { beforeEach, expect, it, vi } from "vitest";
import { browserDatabase } from "@/lib/chat/browser-database";
import { type Owner, readConversation, saveConversation } from "@/lib/chat/conversations";
import { keepDraft, readDraft } from "@/lib/chat/drafts";
import { countHereOnly, leaveBrowser } from "@/lib/chat/leave-browser";
import { choosePlace } from "@/lib/chat/place";

const ada: Owner = { userId: "ada", spaceId: "sp-1" };
const adas: Owner = { userId: "ada", spaceId: "sp-2" };
const adam: Owner = { userId: "adam", spaceId: "sp-1" };
const said: UIMessage = { id: "m", role: "user", parts: [{ type: "text", text: "Secret" }] };

/** Kept here; ``isSent``: and all of it at the gateway. */
async function keep(owner: Owner, id: string, isSent: boolean): Promise<void> {
  await saveConversation(owner, id, { before: [], now: [said], problem: null });
  const db = await browserDatabase();
  const head = await db.get("heads", id);
  if (head && isSent) await db.put("heads", { ...head, change: 1, isUnsent: false });
}

const left = async () => (await (await browserDatabase()).getAllKeys("heads")).sort();

beforeEach(async () => {
  const store = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    get length() {
      return store.size;
    },
    key: (at: number) => [...store.keys()][at] ?? null,
    getItem: (name: string) => store.get(name) ?? null,
    setItem: (name: string, value: string) => void store.set(name, value),
    removeItem: (name: string) => void store.delete(name),
  });
  const db = await browserDatabase();
  await Promise.all([db.clear("heads"), db.clear("messages")]);
});

it("takes along what the gateway has, of all spaces, and leaves what only this browser has", async () => {
  await keep(ada, "sent", true);
  await keep(adas, "sent-2", true);
  await keep(ada, "unsent", false);
  await keep(adam, "theirs", true);
  for (const owner of [ada, adas, adam]) keepDraft(owner, null, "Half a sentence");
  expect(await countHereOnly("ada")).toBe(1);
  await leaveBrowser("ada", false);
  expect(await left()).toEqual(["theirs", "unsent"]);
  expect((await readConversation(ada, "unsent"))?.messages).toEqual([said]);
  expect(await (await browserDatabase()).count("messages")).toBe(2);
  expect([readDraft(ada, null), readDraft(adas, null)]).toEqual(["", ""]);
  expect(readDraft(adam, null)).toBe("Half a sentence");
});

it("leaves what is wanted in this browser only, unless its person wants that deleted", async () => {
  choosePlace(ada, "browser");
  await keep(ada, "here", true);
  await keep(adas, "sent", true);
  expect(await countHereOnly("ada")).toBe(1);
  await leaveBrowser("ada", false);
  expect(await left()).toEqual(["here"]);
  await leaveBrowser("ada", true);
  expect(await left()).toEqual([]);
});
