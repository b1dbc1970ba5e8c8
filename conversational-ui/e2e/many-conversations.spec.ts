import type { Page } from "@playwright/test";
import { arrive, control, HANDBOOK, MODEL, say, summary } from "./support/chat";
import { expect, goTo, test } from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const CONVERSATIONS = 200;
const QUIET_MACHINES_LONG_TASKS = 8;
const list = (page: Page) => page.getByRole("region", { name: "Conversations" });

/** The one conversation that this browser has, so many times more, as if each was its own. */
const keepMany = (page: Page) =>
  page.evaluate(async (count) => {
    const done = <T>(asked: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
      });
    const database = await done(indexedDB.open("conversational-ui"));
    const stores = database.transaction(["heads", "messages"], "readwrite");
    const [heads, messages] = [stores.objectStore("heads"), stores.objectStore("messages")];
    const [[head], said] = await Promise.all([done(heads.getAll()), done(messages.getAll())]);
    for (let at = 0; at < count; at += 1) {
      const id = crypto.randomUUID();
      heads.put({ ...head, id, title: `Plan ${at}`, change: 0 });
      for (const message of said) messages.put({ ...message, conversation: id });
    }
    await new Promise<void>((resolve, reject) => {
      stores.oncomplete = () => resolve();
      stores.onerror = () => reject(stores.error);
    });
    database.close();
  }, CONVERSATIONS);

interface Measured {
  /** While the answer came. */
  seconds: number;
  longTasks: number;
  /** Of conversations and messages, from this browser's store. */
  rowsRead: number;
}

/** What the page does while an answer comes. */
async function measured(page: Page): Promise<Measured> {
  await page.evaluate(() => {
    const isComing = () => document.querySelector('[role="log"][aria-busy="true"]') !== null;
    const found: Measured = { seconds: 0, longTasks: 0, rowsRead: 0 };
    let [from, at] = [0, 0];
    new PerformanceObserver((entries) => {
      if (isComing()) found.longTasks += entries.getEntries().length;
    }).observe({ type: "longtask" });
    setInterval(() => {
      at = performance.now();
      if (!isComing()) return;
      from ||= at;
      found.seconds = (at - from) / 1000;
    }, 50);
    for (const store of [IDBObjectStore.prototype, IDBIndex.prototype]) {
      const { getAll } = store;
      store.getAll = function (this: IDBObjectStore & IDBIndex, ...of: []) {
        const reading = getAll.apply(this, of);
        const counted = isComing();
        reading.addEventListener("success", () => {
          if (counted) found.rowsRead += reading.result.length;
        });
        return reading;
      } as typeof getAll;
    }
    Object.assign(globalThis, { found });
  });
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  return page.evaluate(() => (globalThis as unknown as { found: Measured }).found);
}

test("an answer comes as smoothly beside 200 conversations as beside none", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await control(stack, "settings", { model_chunk_interval_seconds: 0.1 }, "PATCH");
  const alone = await measured(page);
  await keepMany(page);
  await goTo(page, "chat");
  await expect(list(page).getByRole("link", { name: "Plan 199", exact: true })).toBeVisible();
  expect(await list(page).getByRole("listitem").count()).toBeGreaterThanOrEqual(CONVERSATIONS);
  const many = await measured(page);
  const description = JSON.stringify({ many, alone });
  test.info().annotations.push({ type: "measured", description });
  expect(many.seconds, description).toBeGreaterThan(4);
  // Each save reads and writes what has changed. The list is read once, as the conversation begins.
  expect(many.rowsRead, description).toBeLessThan(2 * CONVERSATIONS);
  // A machine that does much else has them in either.
  expect(many.longTasks, description).toBeLessThanOrEqual(
    Math.max(QUIET_MACHINES_LONG_TASKS, 2 * alone.longTasks),
  );
});
