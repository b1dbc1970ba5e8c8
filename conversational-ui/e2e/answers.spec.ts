import type { Browser, Page } from "@playwright/test";
import {
  adding,
  approve,
  arrive,
  control,
  counters,
  HANDBOOK,
  MODEL,
  readPage,
  say,
  summary,
  todo,
  tool,
  untilSlowed,
  wait,
} from "./support/chat";
import { expect, expectAccessible, goTo, type Stack, signIn, test } from "./support/test";

test.use({
  environment: [MODEL, { scope: "worker" }],
  // Servers are killed under open pages.
  expected: [
    /ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|50[0-9]/,
  ],
});

const ONE = /\/s\/[^/]+\/chat\/[0-9a-f-]{36}$/;
const log = (page: Page) => page.getByRole("log", { name: "Conversation" });
const answers = (page: Page) => log(page).getByText("Assistant: ", { exact: true });
const questions = (page: Page) => log(page).getByText(/^You: /);
const stopButton = (page: Page) => page.getByRole("button", { name: "Stop" });

/** Between two words of the model's. */
const pace = (stack: Stack, seconds: number) =>
  control(stack, "settings", { model_chunk_interval_seconds: seconds }, "PATCH");

/** Some of the answer's text is there, and more of it is coming. */
async function inMidText(page: Page, stack: Stack): Promise<void> {
  await pace(stack, 0.4);
  await say(page, HANDBOOK);
  await expect(log(page).getByRole("paragraph").first()).toContainText("I am");
  await expect(page).toHaveURL(ONE);
}

/** Another browser of the same person's, at the same conversation. */
async function otherDevice(browser: Browser, name: string, url: string, site: string) {
  const page = await (await browser.newContext({ baseURL: site })).newPage();
  await signIn(page, name);
  await page.goto(url);
  return page;
}

async function expectWhole(page: Page): Promise<void> {
  await expect(summary(page)).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await expect(questions(page)).toHaveCount(1);
  await expect(answers(page)).toHaveCount(1);
  await expect(log(page).getByText("This answer broke off.")).toHaveCount(0);
}

test("an answer goes on through a reload, and while another page is open", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await inMidText(page, stack);
  await page.reload();
  await expect(log(page).getByRole("paragraph").first()).toContainText("I am");
  await expect(stopButton(page)).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Integrations" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Integrations" })).toBeVisible();
  await page.goBack();
  await expect(stopButton(page)).toBeVisible();
  await pace(stack, 0);
  await expectWhole(page);

  // A change that was approved is made to its end, whatever page is open.
  const what = todo();
  await control(stack, "faults", {
    target: "mcp",
    kind: "slow",
    delay_seconds: 5,
    tool: "notion-update-page",
    times: 1,
  });
  const cancelled = (await counters(stack)).streams.cancelled;
  await say(page, adding(what));
  await untilSlowed(stack, () => approve(page).click());
  await expect(tool(page, "running")).toBeVisible();
  await page.getByRole("link", { name: "Integrations" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Integrations" })).toBeVisible();
  await page.goBack();
  await expect(tool(page, "done").last()).toContainText(/page/i);
  await expect(page.getByRole("button", { name: "Copy answer" })).toHaveCount(2);
  await expectAccessible(page); // with several calls of the same tool
  expect(await readPage(page, "Onboarding Checklist")).toContain(what);
  expect((await counters(stack)).streams.cancelled).toBe(cancelled);
});

test("an answer is read on another device, and stopped there and at Notion", async ({
  page,
  browser,
  stack,
}) => {
  const name = await arrive(page, stack);
  await inMidText(page, stack);
  // At another server of this site, which has not got it in its memory.
  const replica = await stack.startReplica();
  const path = new URL(page.url()).pathname;
  const far = await otherDevice(browser, name, path, replica);
  await expect(log(far).getByRole("paragraph").first()).toContainText("I am");
  await expect(log(far).getByText("Being answered…")).toBeVisible();
  await expectAccessible(far);
  // Its session ends: nothing more can come there until it is begun again.
  await far.context().clearCookies();
  await expect(log(far).getByText("Being answered…")).toHaveCount(0);
  await log(far).getByRole("link", { name: "Sign in" }).click();
  await far.getByLabel("Your name").fill(name);
  await far.getByRole("button", { name: "Sign in" }).click();
  await expect(far).toHaveURL(ONE);
  await expect(log(far).getByText("Being answered…")).toBeVisible();
  const near = await otherDevice(browser, name, path, stack.url);
  await expect(log(near).getByRole("paragraph").first()).toContainText("I am");
  await pace(stack, 0);
  for (const one of [page, near, far]) await expectWhole(one);
  await near.context().close();

  const what = todo();
  await control(stack, "faults", {
    target: "mcp",
    kind: "slow",
    delay_seconds: 60,
    tool: "notion-update-page",
    times: null,
  });
  const before = (await counters(stack)).streams.cancelled;
  await say(page, adding(what));
  await untilSlowed(stack, () => approve(page).click());
  await expect(tool(page, "running")).toBeVisible();
  await far.reload();
  await expect(tool(far, "running")).toBeVisible();
  await stopButton(far).click();
  await expect(tool(far, "unknown")).toBeVisible();
  await expect(tool(page, "unknown")).toBeVisible();
  await expect(log(page).getByText("You stopped this answer.")).toBeVisible();
  await wait(stack, `path=streams.cancelled&at_least=${before + 1}`);
  await control(stack, "faults", undefined, "DELETE");
  expect(await readPage(page, "Onboarding Checklist")).not.toContain(what);
  await far.context().close();
});

test("an answer outlives a killed gateway, and says where a killed server ended it", async ({
  page,
  browser,
  stack,
}) => {
  const name = await arrive(page, stack);
  await inMidText(page, stack);
  await expect(tool(page, "done").first()).toBeVisible();
  await stack.stopGateway();
  await pace(stack, 0);
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  const said = await log(page).innerText();
  await stack.startGateway();
  // What came without the gateway is kept by it afterwards.
  const other = await otherDevice(browser, name, new URL(page.url()).pathname, stack.url);
  await expect(async () => {
    await other.reload();
    await expect(answers(other)).toHaveCount(1, { timeout: 2000 });
    expect(await log(other).innerText()).toBe(said);
  }).toPass();
  await other.context().close();

  await goTo(page, "chat");
  await inMidText(page, stack);
  await stack.killSite();
  await expect(page.getByText("Looking whether more is coming…")).toBeVisible();
  await pace(stack, 0);
  await stack.startSite();
  await page.bringToFront();
  await expect(page.getByRole("button", { name: "Try again" }).first()).toBeVisible();
  await page.reload();
  await expect(log(page).getByRole("paragraph").first()).toContainText("I am");
  await expect(log(page).getByText("This answer broke off.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy answer" })).toHaveCount(0);
  await expect(page.getByRole("list", { name: "Sources" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Continue" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Try again" }).click();
  await expectWhole(page);
});

test("a conversation that is deleted while its answer is written does not come back", async ({
  page,
  browser,
  stack,
}) => {
  const name = await arrive(page, stack);
  await inMidText(page, stack);
  await pace(stack, 5); // it is far from its end, however long all else takes
  // At another server of this site, which does not write the answer.
  const replica = await stack.startReplica();
  const far = await otherDevice(browser, name, new URL(page.url()).pathname, replica);
  await expect(log(far).getByRole("paragraph").first()).toContainText("I am");
  await deleteOne(far);
  // The answer ends long before its last word, where it is written.
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await expect(summary(page)).toHaveCount(0);
  await expectNone(page);
  await far.reload();
  await expectNone(far);

  // Deleted where it is read.
  await goTo(page, "chat");
  await inMidText(page, stack);
  await pace(stack, 5); // it is far from its end, however long all else takes
  await deleteOne(page);
  await pace(stack, 0);
  await expectNone(page);
  await far.reload();
  await expectNone(far);
  await far.context().close();
});

async function deleteOne(page: Page): Promise<void> {
  await page.getByRole("button", { name: `Options for ${HANDBOOK}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(listed(page)).toHaveCount(0);
}

/** Neither here nor there, and it stays so while anything could still be saved. */
async function expectNone(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.reload();
  await expect(page.getByText(/kept for you alone, on every device/)).toBeVisible();
  await expect(listed(page)).toHaveCount(0);
}

const listed = (page: Page) =>
  page.getByRole("region", { name: "Conversations" }).getByRole("link", { name: HANDBOOK });
