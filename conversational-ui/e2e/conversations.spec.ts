import type { Page } from "@playwright/test";
import { arrive, control, exported, HANDBOOK, MODEL, say, summary } from "./support/chat";
import { expect, type Stack, test } from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const ONE = /\/s\/[^/]+\/chat\/[0-9a-f-]{36}$/;
const log = (page: Page) => page.getByRole("log", { name: "Conversation" });
const questions = (page: Page) =>
  log(page)
    .getByText(/^You: /)
    .locator("..");
const answers = (page: Page) => log(page).getByText("Assistant: ", { exact: true });

/** Between two words of the model's. */
const pace = (stack: Stack, seconds: number) =>
  control(stack, "settings", { model_chunk_interval_seconds: seconds }, "PATCH");

const box = (page: Page) => page.getByLabel("Message");

const CHECKLIST = "Find the Onboarding Checklist and summarise it";

/** The questions that were asked at once. */
const asked = (page: Page) => page.getByRole("group", { name: "Versions of this question" });

const lastAnswer = (page: Page) => log(page).getByRole("paragraph").last().innerText();

/** Some of the answer's text is there, and more of it is coming. */
async function inMidText(page: Page, stack: Stack): Promise<void> {
  await pace(stack, 0.25);
  await say(page, HANDBOOK);
  await expect(log(page).getByRole("paragraph").first()).toContainText("I am");
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible();
}

/** Other tabs hear nothing of this one until ``tellAgain``. */
const holdNews = (tab: Page) =>
  tab.evaluate(() => {
    const channels = BroadcastChannel.prototype;
    Object.assign(globalThis, { tellOthers: channels.postMessage });
    channels.postMessage = () => undefined;
  });

const tellAgain = (tab: Page) =>
  tab.evaluate(() => {
    const { tellOthers } = globalThis as unknown as { tellOthers: (news: unknown) => void };
    BroadcastChannel.prototype.postMessage = tellOthers;
  });

/** Sends what is written, once it is that time (in milliseconds since 1970). */
const sendAt = (tab: Page, moment: number) =>
  tab.getByRole("button", { name: "Send" }).evaluate((button: HTMLElement, at) => {
    setTimeout(() => button.click(), at - Date.now());
  }, moment);

test("one conversation in two tabs has all that is said in either", async ({ page, stack }) => {
  await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(page).toHaveURL(ONE);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await expect(summary(other)).toBeVisible();
  // One after the other: what is said there shows here, without a click.
  await say(other, "Who am I?");
  await expect(answers(other)).toHaveCount(2);
  await expect(answers(page)).toHaveCount(2);
  // At once: each answer is still coming when the other tab saves its own. Its first words, which ask
  // for a tool, come slowly; what follows the tool comes soon.
  await pace(stack, 5);
  await box(page).fill("Which workspace is this?");
  await box(other).fill(CHECKLIST);
  // A tab that has heard of the other's question would wait for its answer.
  for (const tab of [page, other]) await holdNews(tab);
  // In the same moment: a tab that looks again before it asks has the other's question before its own.
  const moment = Date.now() + 3000;
  for (const tab of [page, other]) await sendAt(tab, moment);
  for (const tab of [page, other]) {
    await expect(questions(tab)).toHaveCount(3);
  }
  for (const tab of [page, other]) await tellAgain(tab);
  await pace(stack, 0.1);
  // Neither has come to its end unheard.
  for (const tab of [page, other]) {
    await expect(tab.getByRole("button", { name: "Stop" })).toBeVisible({ timeout: 1 });
  }
  // Whichever ends first says that the other one is being answered, until that has ended too.
  for (const tab of [page, other]) {
    await expect(tab.getByRole("button", { name: "Send" })).toBeVisible();
    await expect(log(tab).getByText("Being answered in another tab…")).toHaveCount(0);
  }
  const said = new Map<string, string>();
  for (const [tab, question] of [
    [page, "Which workspace is this?"],
    [other, CHECKLIST],
  ] as const) {
    // The other one stands beside it, and what was asked here goes on being shown here.
    await expect(asked(tab)).toHaveCount(1, { timeout: 30_000 });
    await expect(questions(tab)).toHaveText([
      `You: ${HANDBOOK}`,
      "You: Who am I?",
      `You: ${question}`,
    ]);
    await expect(answers(tab)).toHaveCount(3);
    await expect(log(tab).getByText("Being answered in another tab…")).toHaveCount(0);
    said.set(question, await lastAnswer(tab));
  }
  expect(new Set(said.values()).size).toBe(2);
  await pace(stack, 0);
  await page.reload();
  // Each answer stands under its own question. The one that ended last is shown first.
  const before = page.getByRole("button", { name: "The question before" });
  await expect(asked(page)).toContainText(/[12] of 2/);
  if (await before.isEnabled()) await before.click();
  const seen = new Map<string, string>();
  for (const version of ["1 of 2", "2 of 2"]) {
    await expect(asked(page)).toContainText(version);
    await expect(questions(page)).toHaveCount(3);
    await expect(answers(page)).toHaveCount(3);
    const question = (await questions(page).last().innerText()).replace(/^You:\s*/, "");
    seen.set(question, await lastAnswer(page));
    if (version === "1 of 2") await page.getByRole("button", { name: "The next question" }).click();
  }
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(said));
});

test("while an answer comes the list is not asked for, and a search asks once", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const other = await page.context().newPage();
  await other.goto(page.url());
  const list = (tab: Page) => tab.getByRole("region", { name: "Conversations" });
  await expect(list(other).getByText("They are kept for you alone")).toBeVisible();
  const asked: string[] = [];
  for (const tab of [page, other]) {
    tab.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (request.method() === "GET" && pathname.endsWith("/conversations")) {
        asked.push(searchParams.get("words") ?? "");
      }
    });
  }
  await pace(stack, 0.2);
  await say(page, HANDBOOK);
  for (const tab of [page, other]) {
    await expect(list(tab).getByRole("link", { name: HANDBOOK })).toBeVisible();
  }
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await pace(stack, 0);
  // Saved once a second, it would be asked for as often, in either tab.
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(2);
  expect(asked.length).toBeLessThanOrEqual(8);

  asked.length = 0;
  await list(page).getByRole("searchbox").pressSequentially("only in a chat", { delay: 20 });
  await expect.poll(() => asked).toContain("only in a chat");
  expect(asked.filter((words) => words !== "").length).toBeLessThanOrEqual(2);
  await expect(list(page).getByRole("listitem")).toHaveCount(1);
  await other.close();
});

test("what is permitted in one tab holds in the other, and neither takes the other's back", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const other = await page.context().newPage();
  await other.goto(page.url());
  const rule = (tab: Page, tool: string) => tab.getByLabel(`${tool}: permission`);
  for (const tab of [page, other]) {
    await tab.getByRole("button", { name: "Tool permissions" }).click();
    await expect(rule(tab, "Search Notion")).toHaveValue("allow");
  }
  await rule(page, "Search Notion").selectOption("block");
  await expect(rule(other, "Search Notion")).toHaveValue("block");
  // At once, before either has heard of the other.
  for (const tab of [page, other]) await holdNews(tab);
  await rule(page, "Search Notion").selectOption("ask");
  await rule(other, "Update Notion page").selectOption("block");
  await other.getByLabel("Read-only").check();
  await expect(rule(other, "Search Notion")).toHaveValue("ask");
  for (const tab of [page, other]) await tellAgain(tab);
  await page.reload();
  await page.getByRole("button", { name: "Tool permissions" }).click();
  await expect(rule(page, "Search Notion")).toHaveValue("ask");
  await expect(page.getByLabel("Read-only")).toBeChecked();
  await page.getByLabel("Read-only").uncheck();
  await expect(rule(page, "Update Notion page")).toHaveValue("block");
  await expect(other.getByLabel("Read-only")).not.toBeChecked();
  await other.close();
});

test("an answer that a person stops says so, and goes on when asked", async ({ page, stack }) => {
  await arrive(page, stack);
  await inMidText(page, stack);
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(log(page).getByText("You stopped this answer.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy answer" })).toHaveCount(0);
  await pace(stack, 0);
  await page.reload(); // it is known afterwards as well
  await expect(log(page).getByText("You stopped this answer.")).toBeVisible();
  const file = await exported(page, HANDBOOK);
  expect(file).toContain("*You stopped this answer.*");
  await expect(log(page).getByRole("button", { name: "Try again" })).toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(questions(page)).toHaveCount(2);
  await expect(answers(page)).toHaveCount(2);
  await expect(page.getByRole("button", { name: "Copy answer" })).toHaveCount(1);
});

test("an answer is copied as the Markdown that it is written in", async ({ page, stack }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await page.getByRole("button", { name: "Copy answer" }).click();
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toContain("**Summary of** [Team Handbook](https://app.notion.com/p/");
  expect(await copied()).toMatch(/^- Monday: planning, 30 minutes$/m);
});

test("conversations stand by the day on which something was said last", async ({ page, stack }) => {
  await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  const now = Date.now();
  const month = new Date(now).toLocaleString("en", { month: "long", year: "numeric" });
  for (const [days, day] of [
    [0, "Today"],
    [1, "Yesterday"],
    [3, "The last seven days"],
    [40, month],
  ] as const) {
    const later = await page.context().newPage();
    await later.clock.setSystemTime(now + days * 24 * 60 * 60_000);
    await later.goto(page.url());
    await expect(
      later.getByRole("region", { name: day }).getByRole("link", { name: HANDBOOK }),
    ).toBeVisible();
    await later.close();
  }
});
