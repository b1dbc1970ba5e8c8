import type { Browser, Page } from "@playwright/test";
import { arrive, HANDBOOK, MODEL, say, summary } from "./support/chat";
import { expect, expectAccessible, goTo, type Stack, signIn, test } from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const log = (page: Page) => page.getByRole("log", { name: "Conversation" });
const questions = (page: Page) =>
  log(page)
    .getByText(/^You: /)
    .locator("..");
const answers = (page: Page) => log(page).getByText("Assistant: ", { exact: true });
const conversations = (page: Page) => page.getByRole("region", { name: "Conversations" });
const menu = (page: Page) => page.getByRole("button", { name: "All conversations" }).click();
const onAllDevices = (page: Page) =>
  page.getByRole("menuitemcheckbox", { name: "Keep them on all my devices" });

/** Of the same person, with a browser that knows nothing of them. */
async function otherDevice(browser: Browser, stack: Stack, name: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: stack.url });
  const page = await context.newPage();
  await signIn(page, name);
  await goTo(page, "chat");
  return page;
}

test("a conversation goes on on another device", async ({ page, browser, stack }) => {
  const name = await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();

  const other = await otherDevice(browser, stack, name);
  await conversations(other).getByRole("link", { name: HANDBOOK }).click();
  await expect(summary(other)).toBeVisible();
  await expectAccessible(other);
  await say(other, "Who am I?");
  await expect(answers(other)).toHaveCount(2);
  await expect(other.getByRole("button", { name: "Send" })).toBeVisible();

  // Back at the first one, whose page has been open all the time.
  await expect(async () => {
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await expect(answers(page)).toHaveCount(2, { timeout: 1000 });
  }).toPass();
  await expect(questions(page)).toHaveText([`You: ${HANDBOOK}`, "You: Who am I?"]);

  // Deleted here, it is gone there.
  await page.getByRole("button", { name: `Options for ${HANDBOOK}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByText("is gone, on all your devices")).toBeVisible();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(conversations(page).getByRole("link", { name: HANDBOOK })).toHaveCount(0);
  await other.reload();
  await expect(other.getByText(/no such conversation|not here|deleted/i).first()).toBeVisible();
  await expect(conversations(other).getByRole("link", { name: HANDBOOK })).toHaveCount(0);
  await other.context().close();
});

test("who wants so keeps conversations in one browser only", async ({ page, browser, stack }) => {
  const name = await arrive(page, stack);
  await menu(page);
  await expect(onAllDevices(page)).toBeChecked();
  await onAllDevices(page).click();
  await expect(page.getByText("They are kept in this browser only.")).toBeVisible();
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(conversations(page).getByRole("link", { name: HANDBOOK })).toBeVisible();

  const other = await otherDevice(browser, stack, name);
  await expect(other.getByText(/kept for you alone, on every device/)).toBeVisible();
  await expect(conversations(other).getByRole("link", { name: HANDBOOK })).toHaveCount(0);
  await other.context().close();
  await page.reload();
  await expect(summary(page)).toBeVisible();
  await menu(page);
  await expect(onAllDevices(page)).not.toBeChecked();
});
