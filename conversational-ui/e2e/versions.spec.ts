import type { Page } from "@playwright/test";
import {
  arrive,
  control,
  counters,
  exported,
  HANDBOOK,
  MODEL,
  say,
  summary,
  tool,
  untilSlowed,
} from "./support/chat";
import { expect, expectAccessible, test } from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const log = (page: Page) => page.getByRole("log", { name: "Conversation" });
const questions = (page: Page) =>
  log(page)
    .getByText(/^You: /)
    .locator("..");
const versions = (page: Page, what: string) =>
  page.getByRole("group", { name: `Versions of this ${what}` });
const ready = (page: Page) => expect(page.getByRole("button", { name: "Send" })).toBeVisible();

test("a question is asked in other words, and both versions stay", async ({ page, stack }) => {
  await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await ready(page);
  await page.getByRole("button", { name: "Edit the question" }).click();
  const field = page.getByLabel("The question in other words");
  await expect(field).toHaveValue(HANDBOOK);
  await field.fill("Who am I?");
  await expectAccessible(page);
  await field.press("Enter");
  await expect(questions(page)).toHaveText(["You: Who am I?"]);
  await expect(versions(page, "question")).toContainText("2 of 2");
  await ready(page);
  await expect(summary(page)).toHaveCount(0);
  await expectAccessible(page);

  // The older one goes on by itself.
  await page.getByRole("button", { name: "The question before" }).click();
  await expect(summary(page)).toBeVisible();
  await say(page, "Which workspace is this?");
  await expect(questions(page)).toHaveCount(2);
  await ready(page);
  await page.getByRole("button", { name: "The next question" }).click();
  await expect(questions(page)).toHaveText(["You: Who am I?"]);

  // An answer is written once more, beside the first.
  await page.getByRole("button", { name: "Write again" }).click();
  await expect(versions(page, "answer")).toContainText("2 of 2");
  await ready(page);
  await page.getByRole("button", { name: "The answer before" }).click();
  await expect(versions(page, "answer")).toContainText("1 of 2");

  // Nothing of it is lost; what was said last is shown.
  await page.reload();
  await expect(versions(page, "answer")).toContainText("2 of 2");
  await expect(questions(page)).toHaveText(["You: Who am I?"]);
  await page.getByRole("button", { name: "The question before" }).click();
  await expect(questions(page)).toHaveText([`You: ${HANDBOOK}`, "You: Which workspace is this?"]);

  // Taken along is what is on the screen, not what was said last.
  const file = await exported(page, HANDBOOK);
  expect(file).toContain("Which workspace is this?");
  expect(file).not.toContain("Who am I?");
  expect(file).toMatch(/^\*Search Notion: Done\*$/m);
});

test("a tool call that failed is run again through a reload, and the answer goes on from it", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await control(stack, "faults", {
    target: "mcp",
    kind: "status",
    status: 503,
    tool: "notion-fetch",
    times: null,
  });
  await say(page, HANDBOOK);
  await expect(tool(page, "failed")).toBeVisible();
  await ready(page);
  await control(stack, "faults", undefined, "DELETE");
  await control(stack, "faults", {
    target: "mcp",
    kind: "slow",
    delay_seconds: 5,
    tool: "notion-fetch",
    times: 1,
  });
  const { cancelled } = (await counters(stack)).streams;
  await untilSlowed(stack, () => page.getByRole("button", { name: "Run it again" }).click());
  await expect(tool(page, "running")).toBeVisible();
  await page.reload();
  await expect(summary(page)).toBeVisible();
  expect((await counters(stack)).streams.cancelled).toBe(cancelled);
  await expect(tool(page, "failed")).toHaveCount(0);
  await expect(questions(page)).toHaveCount(1);
});
