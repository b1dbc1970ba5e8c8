// What is said about the connection is true, in every tab, within seconds.
import type { Page } from "@playwright/test";
import { control, HANDBOOK, MODEL, say } from "./support/chat";
import {
  expect,
  expectAccessible,
  goTo,
  idOf,
  signedInAndConnected,
  signIn,
  somebody,
  spaceIdOf,
  test,
} from "./support/test";

test.use({
  environment: [MODEL, { scope: "worker" }],
  expected: /Failed to load resource/, // of what is asked of a gateway that is down
});

const ENDED = "Notion ended this connection";

const inSidebar = (page: Page, label: string) =>
  page.locator("aside").getByRole("img", { name: `Notion: ${label}` });
const inHeader = (page: Page, label: string) =>
  page.getByRole("main").getByRole("img", { name: `Notion: ${label}` });

async function disconnect(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Details" }).click();
  await page.getByRole("button", { name: "Disconnect…" }).click();
  await page.getByRole("button", { name: "Disconnect and delete tokens" }).click();
  await expect(page.getByText("Not connected")).toBeVisible();
}

/** Another tab, which does not ask by itself; without ``hears`` it is not told either. */
async function stillTab(page: Page, { hears }: { hears: boolean }): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.addInitScript((isDeaf) => {
    const soon = window.setTimeout.bind(window);
    const never = (run: TimerHandler, after?: number) =>
      typeof after === "number" && after >= 4000 ? 0 : soon(run, after);
    window.setTimeout = never as typeof window.setTimeout;
    if (isDeaf) Reflect.deleteProperty(window, "BroadcastChannel");
  }, !hears);
  await tab.goto(page.url().replace("integrations", "chat"));
  await expect(inHeader(tab, "MCP connected")).toBeVisible();
  await expect(inSidebar(tab, "MCP connected")).toBeVisible();
  return tab;
}

test("a disconnect shows in the other tabs, told by the one that did it", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  const other = await stillTab(page, { hears: true });
  const deaf = await stillTab(page, { hears: false });
  await disconnect(page);
  await expect(inHeader(other, "Not connected")).toBeVisible();
  await expect(inSidebar(other, "Not connected")).toBeVisible();
  await expect(other.getByRole("region", { name: "Connect Notion" })).toBeVisible();
  await expectAccessible(other);
  // The control: whoever is not told says what was.
  await expect(inHeader(deaf, "MCP connected")).toBeVisible();
  // And coming back to it is enough.
  await expect(async () => {
    await deaf.evaluate(() => window.dispatchEvent(new Event("focus"))); // not twice in five seconds
    await expect(inHeader(deaf, "Not connected")).toBeVisible({ timeout: 1000 });
  }).toPass();
});

test("a disconnect by somebody else shows within seconds, without a click", async ({
  page,
  browser,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);
  const friend = somebody();
  stack.operate("spaces", "add-member", space, idOf(friend));
  const context = await browser.newContext({ baseURL: stack.url });
  const theirs = await context.newPage();
  await signIn(theirs, friend);
  await theirs.goto(`/s/${space}/integrations`);
  await expect(theirs.getByText("MCP connected")).toBeVisible();
  await theirs.getByRole("button", { name: "Details" }).click();
  const dialog = theirs.getByRole("dialog");
  await expect(dialog.getByText("MCP connected")).toBeVisible();
  await disconnect(page);
  await expect(dialog.getByText("Not connected")).toBeVisible();
  await theirs.keyboard.press("Escape");
  await expect(theirs.getByText(/ disconnected Notion/)).toBeVisible(); // the history, too
  await goTo(theirs, "chat");
  await expect(inHeader(theirs, "Not connected")).toBeVisible();
  await context.close();
});

test("after a check the dialog offers nothing that does not fit what it says", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);
  // Nothing is told to this tab, and what it asks for is as it was: only the check finds out.
  const known = await (await page.request.get(`/api/spaces/${space}/notion`)).text();
  await page.route("**/api/spaces/*/notion", (route) =>
    route.fulfill({ status: 200, contentType: "application/json", body: known }),
  );
  await page.reload();
  await page.getByRole("button", { name: "Details" }).click();
  const dialog = page.getByRole("dialog", { name: "Notion MCP" });
  await expect(dialog.getByText("MCP connected")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Disconnect…" })).toBeVisible();
  const done = await page.request.delete(`/api/spaces/${space}/notion`, {
    headers: { origin: stack.url },
  });
  expect(done.ok()).toBe(true);
  await dialog.getByRole("button", { name: "Check now" }).click();
  await expect(dialog.getByText("Not connected", { exact: true })).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Disconnect…" })).toHaveCount(0);
  await expect(dialog.getByRole("button", { name: "Connect", exact: true })).toBeVisible();
  await expectAccessible(page);
});

test("what Notion has ended is said at once where something is refused, in the same words on every page", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  // Only what is refused there can tell it.
  const tab = await stillTab(page, { hears: false });
  await control(stack, "revoke-grants");
  await say(tab, HANDBOOK);
  const card = tab.getByRole("region", { name: "Reconnect Notion" });
  await expect(card).toContainText(ENDED);
  await expect(inHeader(tab, "Reconnect needed")).toBeVisible();
  await expect(inSidebar(tab, "Reconnect needed")).toBeVisible();
  await expectAccessible(tab);
  await goTo(tab, "tools");
  await expect(card).toContainText(ENDED);
  await goTo(tab, "chat");
  await expect(card).toContainText(ENDED);
  await goTo(tab, "integrations");
  await expect(tab.getByRole("main").getByText("Reconnect needed")).toBeVisible();
  await expect(tab.getByText(ENDED)).toBeVisible();
});

test("while the gateway is down nothing is said to be connected", async ({ page, stack }) => {
  await signedInAndConnected(page, stack);
  await goTo(page, "chat");
  await expect(inHeader(page, "MCP connected")).toBeVisible();
  await stack.stopGateway();
  try {
    await expect(inHeader(page, "Cannot be verified")).toBeVisible();
    await expect(inSidebar(page, "Cannot be verified")).toBeVisible();
  } finally {
    await stack.startGateway();
  }
  await expect(inHeader(page, "MCP connected")).toBeVisible();
});

test("while the gateway does not answer, a click is answered: with the name of what is opened", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  const link = (name: string) =>
    page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name });
  const heading = page.getByRole("main").getByRole("heading", { level: 1 });
  await link("Members").click();
  await expect(page.getByRole("button", { name: "Invite…" })).toBeVisible();
  await link("Connect a client").click();
  await expect(heading).toHaveText("Connect a client");
  const inPage = page.getByRole("main").getByRole("link", { name: "Gateway tokens" });
  await inPage.scrollIntoViewIfNeeded();
  const [address, place] = [page.url(), await heading.boundingBox()];
  stack.holdGateway();
  try {
    await inPage.click();
    await expect(page.getByRole("status").getByText("Opening Gateway tokens…")).toBeVisible({
      timeout: 8000,
    });
    await link("Activity").click();
    await expect(page.getByRole("status").getByText("Opening Activity…")).toBeVisible({
      timeout: 8000, // the page itself is given up after ten seconds
    });
    expect(page.url()).toBe(address);
    expect(await heading.boundingBox()).toEqual(place);
    await expect(link("Activity")).toBeFocused();
    // From the page that is seen, to the one before it.
    await page.goBack();
    await expect(heading).toHaveText("Members");
    await expect(page.getByText("Opening Activity…")).toHaveCount(0);
  } finally {
    stack.releaseGateway();
  }
  await link("Activity").click();
  await expect(heading).toHaveText("Activity");
  await expect(page.getByText("Opening Activity…")).toHaveCount(0);
  await expect(link("Activity")).toBeFocused();
});

test("a gateway that hangs is named as what did not answer, and Notion is not", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  await goTo(page, "tools");
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: /^Search Notion Read$/ }).click();
  await page.getByRole("textbox", { name: /^query/i }).fill("Team Handbook");
  stack.holdGateway();
  try {
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByText("The gateway did not answer in time").first()).toBeVisible();
    await expect(page.getByText(/Notion (did|does) not answer/)).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  } finally {
    stack.releaseGateway();
  }
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("Team Handbook");
});
