import type { Browser, Page, Route } from "@playwright/test";
import {
  adding,
  approve,
  arrive,
  control,
  MODEL,
  readPage,
  say,
  todo,
  tool,
  untilSlowed,
} from "./support/chat";
import { expect, expectAccessible, note, type Stack, signIn, test } from "./support/test";

test.use({
  environment: [MODEL, { scope: "worker" }],
  // A server is killed under an open page; a second decision on the same call is refused.
  expected:
    /ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|50[0-9]|status of 409/,
});

const ONE = /\/s\/[^/]+\/chat\/[0-9a-f-]{36}$/;
const log = (page: Page) => page.getByRole("log", { name: "Conversation" });
const deny = (page: Page) => page.getByRole("button", { name: "Deny", exact: true });
const ready = (page: Page) => expect(page.getByRole("button", { name: "Send" })).toBeVisible();
const added = (page: Page) => expect(log(page).getByText("Done: I added this")).toBeVisible();
const told = (page: Page) => note(page, "This was decided before");

/** How often it was written. */
const timesIn = async (page: Page, what: string) =>
  (await readPage(page, "Onboarding Checklist")).split(what).length - 1;

const slowly = (stack: Stack, seconds: number) =>
  control(stack, "faults", {
    target: "mcp",
    kind: "slow",
    delay_seconds: seconds,
    tool: "notion-update-page",
    times: null,
  });

async function waiting(page: Page, what: string): Promise<void> {
  await say(page, adding(what));
  await expect(tool(page, "waiting")).toBeVisible();
  await expect(page).toHaveURL(ONE);
}

/** The same person's page of the conversation, where the call waits as well. */
async function onAnotherDevice(browser: Browser, stack: Stack, page: Page, name: string) {
  const other = await (await browser.newContext({ baseURL: stack.url })).newPage();
  await signIn(other, name);
  await other.goto(new URL(page.url()).pathname);
  await expect(approve(other)).toBeVisible();
  return other;
}

test("an approval that another tab shows too is given once, and both show what became of it", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const what = todo();
  await waiting(page, what);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await expect(approve(other)).toBeVisible();
  await approve(page).click();
  await added(page);
  // Nothing was done in it, and nothing can be any more.
  await added(other);
  await expect(approve(other)).toHaveCount(0);
  await ready(other);
  expect(await timesIn(page, what)).toBe(1);

  // Denied here, it is denied there.
  const not = todo();
  await waiting(page, not);
  await expect(deny(other)).toBeVisible();
  await deny(page).click();
  await expect(tool(page, "denied")).toBeVisible();
  await expect(tool(other, "denied")).toBeVisible();
  await expect(approve(other)).toHaveCount(0);
  expect(await timesIn(page, not)).toBe(0);
});

for (const [said, expected] of [
  ["Approve", 1],
  ["Deny", 0],
] as const) {
  test(`a page that has heard nothing approves what was decided elsewhere (${said}), and runs nothing`, async ({
    page,
    browser,
    stack,
  }) => {
    const name = await arrive(page, stack);
    const what = todo();
    await waiting(page, what);
    const other = await onAnotherDevice(browser, stack, page, name);
    await page.getByRole("button", { name: said, exact: true }).click();
    await expect(tool(page, said === "Approve" ? "done" : "denied").last()).toBeVisible();
    await ready(page);
    // On the other device, whose page is as it was.
    await approve(other).click();
    await expect(told(other)).toBeVisible();
    await expect(tool(other, said === "Approve" ? "done" : "denied").last()).toBeVisible();
    await expect(approve(other)).toHaveCount(0);
    await expectAccessible(other);
    expect(await timesIn(page, what)).toBe(expected);
    // What the first one did stays what is kept.
    await page.reload();
    await expect(tool(page, said === "Approve" ? "done" : "denied").last()).toBeVisible();
    await other.context().close();
  });
}

test("two pages approve at the same instant, and it runs once", async ({
  page,
  browser,
  stack,
}) => {
  const name = await arrive(page, stack);
  const what = todo();
  await waiting(page, what);
  const other = await onAnotherDevice(browser, stack, page, name);
  // Both requests are on their way before either arrives.
  const held: Route[] = [];
  for (const one of [page, other]) {
    await one.route("**/api/spaces/*/chat", async (route) => {
      held.push(route);
      if (held.length === 2) await Promise.all(held.map((each) => each.continue()));
    });
  }
  for (const one of [page, other]) await approve(one).click();
  await expect
    .poll(async () => (await told(page).count()) + (await told(other).count()))
    .toBeGreaterThan(0);
  for (const one of [page, other]) {
    await added(one);
    await ready(one);
    await expect(approve(one)).toHaveCount(0);
  }
  expect(await timesIn(page, what)).toBe(1);
  await other.context().close();
});

test("a change that a killed server was making is not known to be made, and is asked about anew", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const what = todo();
  await slowly(stack, 20);
  await waiting(page, what);
  await untilSlowed(stack, () => approve(page).click());
  await expect(tool(page, "running")).toBeVisible();
  await stack.killSite();
  await stack.startSite();
  await page.bringToFront();
  await expect(tool(page, "unknown")).toContainText(
    "It may have been done: look at the page first.",
  );
  await expect(page.getByRole("log").getByRole("button", { name: "Try again" })).toBeVisible();
  await page.reload();
  await expect(tool(page, "unknown")).toContainText("Outcome not known");
  await expectAccessible(page);
  await control(stack, "faults", undefined, "DELETE");

  // Nothing is written before the person has said so once more.
  await page.getByRole("log").getByRole("button", { name: "Try again" }).click();
  await expect(tool(page, "waiting").getByRole("insertion")).toHaveText(`- [ ] ${what}`);
  const before = await timesIn(page, what);
  await page.reload(); // it waits as any other does
  await expect(tool(page, "waiting")).toBeVisible();
  expect(await timesIn(page, what)).toBe(before);
  await approve(page).click();
  await added(page);
  await ready(page);
  expect(await timesIn(page, what)).toBe(before + 1);
});

test("a change that failed is run again only when it is approved again", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const what = todo();
  await control(stack, "faults", {
    target: "mcp",
    kind: "status",
    status: 503,
    tool: "notion-update-page",
    times: null,
  });
  await waiting(page, what);
  await approve(page).click();
  await expect(tool(page, "failed")).toBeVisible();
  await ready(page);
  await control(stack, "faults", undefined, "DELETE");
  await page.getByRole("button", { name: "Run it again" }).click();
  const card = tool(page, "waiting");
  await expect(card.getByRole("insertion")).toHaveText(`- [ ] ${what}`);
  expect(await timesIn(page, what)).toBe(0);
  await expectAccessible(page);
  await approve(page).click();
  await added(page);
  await ready(page);
  await expect(log(page).getByText(/^You: /)).toHaveCount(1);
  expect(await timesIn(page, what)).toBe(1);
});
