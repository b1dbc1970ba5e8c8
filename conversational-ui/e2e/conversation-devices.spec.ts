import type { Browser, Page } from "@playwright/test";
import { arrive, HANDBOOK, MODEL, say, summary } from "./support/chat";
import {
  expect,
  expectAccessible,
  goTo,
  note,
  type Stack,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

test.use({
  environment: [MODEL, { scope: "worker" }],
  expected: /status of (401|50[0-9])/, // the gateway is stopped, and cookies go, under open pages
});

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

/** What this browser's list has of conversations. */
const heads = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ isUnsent: boolean }[]>((resolve, reject) => {
        const opening = indexedDB.open("conversational-ui");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const asked = opening.result.transaction("heads").objectStore("heads").getAll();
          asked.onerror = () => reject(asked.error);
          asked.onsuccess = () => {
            opening.result.close();
            resolve(asked.result);
          };
        };
      }),
  );

/** Conversations of which this browser has something that it has not told the gateway. */
const untold = async (page: Page) => (await heads(page)).filter(({ isUnsent }) => isUnsent).length;

/** What whoever uses this browser next would find. */
const left = async (page: Page) => ({
  conversations: (await heads(page)).length,
  drafts: await page.evaluate(
    () => Object.keys(localStorage).filter((name) => name.startsWith("draft\n")).length,
  ),
});

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

  // Deleted here, it is gone there; were more said there than was told, it would be kept on.
  await expect.poll(() => untold(other)).toBe(0);
  await page.getByRole("button", { name: `Options for ${HANDBOOK}` }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByText(`This deletes “${HANDBOOK}” on all your devices.`)).toBeVisible();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(conversations(page).getByRole("link", { name: HANDBOOK })).toHaveCount(0);
  await other.reload();
  await expect(other.getByRole("heading", { name: "There is no such conversation" })).toBeVisible();
  await expect(
    other.getByText(
      "it was deleted, it is somebody else's, or it was kept in another browser only.",
    ),
  ).toBeVisible();
  await expect(conversations(other).getByRole("link", { name: HANDBOOK })).toHaveCount(0);
  await other.context().close();
});

test("an address of another space's leads there, and nobody is blamed for a gateway that is away", async ({
  page,
  browser,
  stack,
}) => {
  const name = await arrive(page, stack);
  const home = spaceIdOf(page);
  await say(page, HANDBOOK);
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await expect(page).toHaveURL(/\/chat\/[0-9a-f-]{36}$/);
  const id = page.url().split("/").at(-1) ?? "";

  // On a device that has never had it.
  const other = await otherDevice(browser, stack, name);
  const made = await other.request.post("/api/spaces", {
    data: { name: "Elsewhere" },
    headers: { origin: stack.url },
  });
  const { space_id } = await made.json();
  await other.goto(`/s/${space_id}/chat/${id}`);
  await expect(
    other.getByRole("heading", { name: "This conversation belongs to another space" }),
  ).toBeVisible();
  await other.goto(`/s/${home}/chat`);
  const link = conversations(other).getByRole("link", { name: HANDBOOK });
  await expect(link).toBeVisible();
  await stack.stopGateway();
  await link.click();
  await expect(
    other.getByRole("heading", { name: "This conversation cannot be opened just now" }),
  ).toBeVisible();
  await expect(
    other.getByRole("alert").filter({ hasText: "The gateway cannot be reached" }),
  ).toBeVisible();
  await expect(other.getByText("There is no such conversation")).toHaveCount(0);
  await expectAccessible(other);
  await stack.startGateway();
  await other.getByRole("button", { name: "Try again" }).click();
  await expect(summary(other)).toBeVisible();
  await other.context().close();
});

test("a name and a pin that the gateway cannot be told of are kept, and told later", async ({
  page,
  browser,
  stack,
}) => {
  const name = await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await expect.poll(() => untold(page)).toBe(0);
  await stack.stopGateway();
  await page.getByRole("button", { name: `Options for ${HANDBOOK}` }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("About us");
  await page.getByLabel("Title").press("Enter");
  await expect(note(page, "Your other devices do not have this yet")).toBeVisible();
  await page.getByRole("button", { name: "Options for About us" }).click();
  await page.getByRole("menuitem", { name: "Pin" }).click();
  const pinned = conversations(page).getByRole("region", { name: "Pinned" });
  await expect(pinned.getByRole("link", { name: "About us" })).toBeVisible();
  await stack.startGateway();
  await conversations(page).getByRole("button", { name: "Try again" }).click();
  await expect(conversations(page).getByRole("button", { name: "Try again" })).toHaveCount(0);
  await expect(pinned.getByRole("link", { name: "About us" })).toBeVisible();

  const other = await otherDevice(browser, stack, name);
  await expect(async () => {
    await other.reload();
    await expect(
      conversations(other)
        .getByRole("region", { name: "Pinned" })
        .getByRole("link", { name: "About us" }),
    ).toBeVisible({ timeout: 5000 });
  }).toPass();
  await other.context().close();
});

test("who is signed out, or has no gateway, is told so in the lists, with what to do", async ({
  page,
  stack,
}) => {
  const name = await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  const list = conversations(page);
  await stack.stopGateway();
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect(list.getByText("Those of your other devices are missing.")).toContainText(
    "The gateway cannot be reached",
  );
  await expect(list.getByRole("link", { name: HANDBOOK })).toBeVisible();
  await stack.startGateway();
  await list.getByRole("button", { name: "Try again" }).click();
  await expect(list.getByText("Those of your other devices are missing.")).toHaveCount(0);

  const before = page.url();
  await page.context().clearCookies();
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await expect(list.getByText("Those of your other devices are missing.")).toContainText(
    "You are signed out. Sign in again to go on.",
  );
  await page.getByLabel("Message", { exact: true }).pressSequentially("Summarise @team");
  const signIn = page.getByRole("link", { name: "Sign in" });
  await expect(signIn).toHaveCount(2);
  await expect(list.getByRole("link", { name: "Sign in" })).toBeVisible();
  await expectAccessible(page);
  await list.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(before);
  await expect(list.getByRole("link", { name: HANDBOOK })).toBeVisible();
  await expect(list.getByText("Those of your other devices are missing.")).toHaveCount(0);
});

test("who signs out leaves nothing that the gateway has, and is told what would stay", async ({
  page,
  stack,
}) => {
  const name = await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await expect.poll(() => untold(page)).toBe(0);
  await page.getByLabel("Message", { exact: true }).fill("Half a sentence");
  await expect.poll(() => left(page)).toEqual({ conversations: 1, drafts: 1 });
  const signOut = async () => {
    await page.getByRole("button", { name: `Account: ${name}` }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
  };
  await signOut();
  await page.waitForURL("**/sign-in");
  expect(await left(page)).toEqual({ conversations: 0, drafts: 0 });

  // Kept in this browser only, it would stay.
  await signIn(page, name);
  await goTo(page, "chat");
  await conversations(page).getByRole("link", { name: HANDBOOK }).click();
  await expect(summary(page)).toBeVisible();
  await menu(page);
  await onAllDevices(page).click();
  await page.getByRole("button", { name: "Delete them there" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await signOut();
  const asking = page.getByRole("dialog", { name: "1 conversation stays in this browser" });
  await expect(asking).toBeVisible();
  await expectAccessible(page);
  await asking.getByRole("button", { name: "Leave it and sign out" }).click();
  await page.waitForURL("**/sign-in");
  expect((await left(page)).conversations).toBe(1);
  await signIn(page, name);
  await goTo(page, "chat");
  await expect(conversations(page).getByRole("link", { name: HANDBOOK })).toBeVisible();
  await signOut();
  await asking.getByRole("button", { name: "Delete it and sign out" }).click();
  await page.waitForURL("**/sign-in");
  expect((await left(page)).conversations).toBe(0);
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

  // Wanted everywhere after all, what is here is sent.
  await menu(page);
  await expect(onAllDevices(page)).not.toBeChecked();
  await onAllDevices(page).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Send 1 conversation" }).click();
  await expect(note(page, "1 conversation on all your devices now")).toBeVisible();
  const third = await otherDevice(browser, stack, name);
  await expect(conversations(third).getByRole("link", { name: HANDBOOK })).toBeVisible();

  // And what is there is deleted there, if that is wanted; it stays here.
  await menu(page);
  await onAllDevices(page).click();
  const asking = page.getByRole("dialog", { name: "Keep conversations in this browser only?" });
  await expect(asking.getByText("The gateway keeps 1 conversation of yours.")).toBeVisible();
  await expectAccessible(page);
  await asking.getByRole("button", { name: "Delete them there" }).click();
  await expect(asking).toHaveCount(0);
  await expect(conversations(page).getByRole("link", { name: HANDBOOK })).toBeVisible();
  await third.reload();
  await expect(third.getByText(/kept for you alone, on every device/)).toBeVisible();
  await expect(conversations(third).getByRole("link", { name: HANDBOOK })).toHaveCount(0);
  await third.context().close();
});
