import type { Page } from "@playwright/test";
import { adding, approve, arrive, control, MODEL, say, todo, tool } from "./support/chat";
import { expect, type Stack, test } from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const EVERY_MILLISECONDS = 100;
/** Longer than a pause of which nothing is said (``lib/chat/pause.ts``), shorter than those below. */
const MOST_UNSAID = 2500 / EVERY_MILLISECONDS;
const PAUSE_SECONDS = 4;

/** Between two words of the model's, from its next answer on. */
const pace = (stack: Stack, seconds: number) =>
  control(stack, "settings", { model_chunk_interval_seconds: seconds }, "PATCH");

const log = (page: Page) => page.getByRole("log", { name: "Conversation" });

interface Seen {
  /** What was told. */
  said: string[];
  /** Looks in a row at an answer that was coming, without a new word and without a word about it. */
  unsaid: number;
  looks: number;
}

/** Looks in the page at what somebody is told of the answer that is coming, until ``seenBy``. */
const watch = (page: Page) =>
  page.evaluate((milliseconds) => {
    const seen: Seen = { said: [], unsaid: 0, looks: 0 };
    let [before, row] = ["", 0];
    const timer = setInterval(() => {
      const conversation = document.querySelector<HTMLElement>('[role="log"][aria-busy="true"]');
      if (!conversation) return;
      const now = conversation.innerText;
      const told = now.match(/Thinking…|Writing…|Preparing|Running|Needs your approval/g) ?? [];
      seen.said = [...new Set([...seen.said, ...told])];
      // Counted in looks: a machine that stands still shows nothing either.
      row = told.length > 0 || now !== before ? 0 : row + 1;
      seen.unsaid = Math.max(seen.unsaid, row);
      seen.looks += 1;
      before = now;
    }, milliseconds);
    Object.assign(globalThis, { seen, stopLooking: () => clearInterval(timer) });
  }, EVERY_MILLISECONDS);

const seenBy = (page: Page) =>
  page.evaluate(() => {
    const { seen, stopLooking } = globalThis as unknown as { seen: Seen; stopLooking: () => void };
    stopLooking();
    return seen;
  });

test("in every pause of an answer something says what is being done", async ({ page, stack }) => {
  await arrive(page, stack);
  // Before the first word, between words, while a call is written, runs, and is thought about.
  await pace(stack, PAUSE_SECONDS);
  await control(stack, "faults", {
    target: "mcp",
    kind: "slow",
    delay_seconds: PAUSE_SECONDS,
    tool: "notion-update-page",
    times: 1,
  });
  const what = todo();
  await watch(page);
  await say(page, adding(what));
  await expect(log(page).getByText("Thinking…")).toBeVisible();
  await pace(stack, 0.05);
  await approve(page).click();
  await expect(tool(page, "running").first()).toBeVisible();
  await pace(stack, PAUSE_SECONDS);
  // Two pauses between words, the second of them to its end.
  for (const _ of [1, 2]) {
    await expect(log(page).getByText("Writing…")).toBeVisible();
    await expect(log(page).getByText("Writing…")).toHaveCount(0);
  }
  const { said, unsaid, looks } = await seenBy(page);
  expect(looks).toBeGreaterThan(50); // it was looked at while the answer came
  expect(said).toEqual(expect.arrayContaining(["Thinking…", "Running", "Writing…"]));
  expect(unsaid).toBeLessThan(MOST_UNSAID);
  await page.getByRole("button", { name: "Stop" }).click();
  await pace(stack, 0);
});
