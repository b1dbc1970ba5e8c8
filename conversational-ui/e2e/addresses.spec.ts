// A tab is in one space, and its address says which.
import type { Page } from "@playwright/test";
import { arrive, control, HANDBOOK, MODEL, say, summary } from "./support/chat";
import {
  createFirstSpace,
  expect,
  expectAccessible,
  goTo,
  idOf,
  invite,
  signIn,
  somebody,
  spaceIdOf,
  test,
} from "./support/test";

test.use({
  environment: [MODEL, { scope: "worker" }],
  expected: /Failed to load resource/, // of refusals that are provoked
});

const CONVERSATION = /\/s\/[^/]+\/chat\/[0-9a-f-]{36}$/;
const inSidebar = (page: Page, name: string) =>
  page.getByRole("button", { name: `Space: ${name}` });

async function createAnother(page: Page, name: string): Promise<string> {
  await page.getByRole("button", { name: /^Space: / }).click();
  await page.getByRole("menuitem", { name: "New space" }).click();
  const dialog = page.getByRole("dialog", { name: "New space" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("button", { name: "Create space" }).click();
  await expect(inSidebar(page, name)).toBeVisible();
  return spaceIdOf(page);
}

async function switchTo(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: /^Space: / }).click();
  await page.getByRole("menuitemradio", { name }).click();
  await expect(inSidebar(page, name)).toBeVisible();
}

const invitedTo = async (page: Page, origin: string, name: string) => {
  const other = await page.context().newPage();
  await other.goto(origin);
  if (!(await inSidebar(other, name).isVisible())) await switchTo(other, name);
  await goTo(other, "members");
  await expect(inSidebar(other, name)).toBeVisible();
  const found = await other.getByText(/^guest-/).allInnerTexts();
  await other.close();
  return found;
};

test("what is done in a tab happens in the space that it shows, whatever another tab shows", async ({
  page,
  stack,
}) => {
  await signIn(page);
  await createFirstSpace(page, "Alpha");
  const alpha = spaceIdOf(page);
  const beta = await createAnother(page, "Beta");
  await page.goto(`/s/${alpha}/members`);
  await expect(inSidebar(page, "Alpha")).toBeVisible();

  const other = await page.context().newPage();
  await other.goto(page.url());
  await switchTo(other, "Beta");
  await expect(other).toHaveURL(`/s/${beta}/members`); // the same page there

  const inviteGuest = async (guest: string) => {
    await invite(page, guest);
    await expect(page.getByText(`${guest} is invited`, { exact: true })).toBeVisible();
  };
  await page.getByRole("link", { name: "Gateway tokens" }).click();
  await expect(page.getByText("that work with Alpha's Notion")).toBeVisible();
  await page.getByRole("link", { name: "Members" }).click();
  await expect(page).toHaveURL(`/s/${alpha}/members`);
  await expect(inSidebar(page, "Alpha")).toBeVisible();
  await inviteGuest("guest-one");
  expect(await invitedTo(page, stack.url, "Alpha")).toEqual(["guest-one"]);
  expect(await invitedTo(page, stack.url, "Beta")).toEqual([]);

  // The control: a tab that went by the cookie, as all did before, would be found out just so.
  await switchTo(other, "Beta");
  await page.route("**/api/spaces/*/members/*", async (route) => {
    const cookies = await page.context().cookies();
    const kept = cookies.find(({ name }) => name === "space")?.value ?? "";
    const [byCookie] = decodeURIComponent(kept).split("/");
    expect(byCookie).toBe(beta);
    await route.continue({ url: route.request().url().replace(alpha, beta) });
  });
  await other.close();
  await inviteGuest("guest-two");
  expect(await invitedTo(page, stack.url, "Alpha")).toEqual(["guest-one"]);
  expect(await invitedTo(page, stack.url, "Beta")).toEqual(["guest-two"]);
});

test("who is no member sees the same as where there is no such space", async ({
  page,
  browser,
  stack,
}) => {
  await signIn(page);
  await createFirstSpace(page, "Nobody else's business");
  const real = spaceIdOf(page);
  const context = await browser.newContext({ baseURL: stack.url });
  const theirs = await context.newPage();
  const stranger = await signIn(theirs);
  const pages = ["", "/chat", "/chat/tools", "/tools", "/chat/some-conversation", "/integrations"];
  for (const rest of [...pages, "/members", "/tokens", "/activity", "/invitations"]) {
    const seen: string[] = [];
    for (const id of [real, "sp-never-existed", "%25"]) {
      const answer = await theirs.goto(`/s/${id}${rest}`);
      expect(answer?.status()).toBe(404);
      await expect(
        theirs.getByRole("heading", { level: 1, name: "You cannot open this space" }),
      ).toBeVisible();
      expect(await theirs.content()).not.toContain("Nobody else's business");
      seen.push(await theirs.getByRole("main").innerText());
    }
    expect(new Set(seen).size).toBe(1);
  }
  await expect(theirs.getByText(idOf(stranger), { exact: true })).toBeVisible(); // to be invited by
  await expectAccessible(theirs);
  await createFirstSpace(theirs, "Their own");
  await theirs.goto(`/s/${real}/members`);
  await theirs.getByRole("link", { name: "Open Their own" }).click();
  await expect(inSidebar(theirs, "Their own")).toBeVisible();
  await context.close();
});

test("addresses from before lead to the space that was used last", async ({ page }) => {
  await signIn(page);
  await page.goto("/activity?tool=notion-search");
  await expect(page).toHaveURL("/spaces?page=activity"); // of no space yet
  await createFirstSpace(page, "Alpha");
  const alpha = spaceIdOf(page);
  const beta = await createAnother(page, "Beta");
  const old = [
    ["/", "/chat"],
    ["/chat", "/chat"],
    [
      "/chat?c=3f2a8c1e-0000-4000-8000-000000000000&retry=1",
      "/chat/3f2a8c1e-0000-4000-8000-000000000000",
    ],
    ["/chat/tools", "/tools"],
    ["/tools", "/tools"],
    ["/integrations", "/integrations"],
    ["/members", "/members"],
    ["/tokens", "/tokens"],
    ["/activity?tool=notion-search", "/activity?tool=notion-search"],
    ["/invitations", "/invitations"],
  ] as const;
  for (const [before, now] of old) {
    await page.goto(before);
    await expect(page).toHaveURL(`/s/${beta}${now}`);
  }
  await page.goto(`/s/${alpha}`);
  await expect(page).toHaveURL(`/s/${alpha}/chat`);
  await expect(inSidebar(page, "Alpha")).toBeVisible();
  await expect(async () => {
    await page.goto("/members"); // looking at a space is using it
    expect(spaceIdOf(page)).toBe(alpha);
  }).toPass();
  const nowhere = await page.goto("/members/nobody");
  expect(nowhere?.status()).toBe(404);
});

/** Writes into this browser what the first version of the site would have: one piece each. */
const keptBefore = (page: Page, owner: string, id: string) =>
  page.evaluate(
    ([owner, id]) =>
      new Promise<void>((resolve, reject) => {
        indexedDB.deleteDatabase("conversational-ui");
        const opening = indexedDB.open("conversational-ui", 1);
        opening.onerror = () => reject(opening.error);
        opening.onupgradeneeded = () => {
          const kept = opening.result.createObjectStore("conversations", { keyPath: "id" });
          kept.createIndex("owner", ["owner", "updatedAt"]);
          opening.result.createObjectStore("policies");
          const text = "Who waters the plants?";
          const said = { id: "m", role: "user", parts: [{ type: "text", text }] };
          const head = { id, owner, title: text, createdAt: 1, updatedAt: 2, problem: null };
          kept.put({ ...head, messages: [said] });
        };
        opening.onsuccess = () => resolve(opening.result.close());
      }),
    [owner, id] as const,
  );

test("what a browser has kept for the version before is found after the update", async ({
  page,
}) => {
  const name = await signIn(page);
  await createFirstSpace(page);
  const space = spaceIdOf(page);
  const id = "3f2a8c1e-0000-4000-8000-000000000001";
  await page.goto("/icon.svg"); // where nothing of the site runs
  await keptBefore(page, `${idOf(name)}\n${space}`, id);
  await page.goto(`/chat?c=${id}`);
  await expect(page).toHaveURL(`/s/${space}/chat/${id}`);
  await expect(page.getByRole("log").getByText("Who waters the plants?")).toBeVisible();
  const conversations = page.getByRole("region", { name: "Conversations" });
  await expect(conversations.getByRole("link", { name: "Who waters the plants?" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("log").getByText("Who waters the plants?")).toBeVisible();
});

test("a conversation opened in another space says so, and leads to its own", async ({
  page,
  stack,
}) => {
  const name = await arrive(page, stack);
  const home = spaceIdOf(page);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(page).toHaveURL(CONVERSATION);
  const conversation = page.url().split("/").at(-1) ?? "";
  await createAnother(page, "Elsewhere");
  const elsewhere = spaceIdOf(page);

  await page.goto(`/s/${elsewhere}/chat/${conversation}`);
  await expect(
    page.getByRole("heading", { name: "This conversation belongs to another space" }),
  ).toBeVisible();
  await expect(page.getByLabel("Message")).toHaveCount(0);
  await expect(page).toHaveURL(`/s/${elsewhere}/chat/${conversation}`);
  await expectAccessible(page);
  await page.getByRole("link", { name: "Open it in Product team" }).click();
  await expect(page).toHaveURL(`/s/${home}/chat/${conversation}`);
  await expect(summary(page)).toBeVisible();
  await expect(inSidebar(page, "Product team")).toBeVisible();

  await page.goto(`/s/${home}/chat/3f2a8c1e-0000-4000-8000-000000000000`);
  await expect(page.getByRole("heading", { name: "There is no such conversation" })).toBeVisible();
  await page.getByRole("link", { name: "New conversation in Product team" }).click();
  await expect(page.getByLabel("Message")).toBeVisible();

  // Of whoever uses the same browser next, nothing is told.
  await page.getByRole("button", { name: `Account: ${name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  await signIn(page, somebody());
  await createFirstSpace(page, "Somebody else's");
  await goTo(page, `chat/${conversation}`);
  await expect(page.getByRole("heading", { name: "There is no such conversation" })).toBeVisible();
});

test("a new conversation gets its address as its answer comes, and then another can begin", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const begin = page.getByRole("link", { name: "New conversation" }).first();
  await control(stack, "settings", { model_chunk_interval_seconds: 0.2 }, "PATCH");
  await say(page, HANDBOOK);
  await expect(page).toHaveURL(CONVERSATION);
  const first = page.url();
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible(); // still coming
  await control(stack, "settings", { model_chunk_interval_seconds: 0 }, "PATCH");
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await begin.click();
  await expect(page).toHaveURL(/\/chat$/);
  await expect(page.getByRole("heading", { level: 1, name: "New conversation" })).toBeVisible();
  await say(page, "What can you do?");
  await expect(page).toHaveURL(CONVERSATION);
  expect(page.url()).not.toBe(first);
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: HANDBOOK })).toBeVisible();
  await expect(summary(page)).toBeVisible();

  // While this site cannot be reached there is no page to go to: what was written stays in view.
  await begin.click();
  await expect(page.getByRole("heading", { level: 1, name: "New conversation" })).toBeVisible();
  await page.context().setOffline(true);
  await say(page, "Who am I?");
  await expect(page.getByText("This site cannot be reached")).toBeVisible();
  await expect(page.getByText("Who am I?").first()).toBeVisible();
  await page.context().setOffline(false);
  await page.getByRole("log").getByRole("button", { name: "Try again" }).click();
  await expect(page).toHaveURL(CONVERSATION);
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
});

test("a consent leads back to the space and the conversation in which it began", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  const home = spaceIdOf(page);
  await createAnother(page, "Elsewhere");
  await page.goto(`/s/${home}/chat`);
  await control(stack, "revoke-grants");
  await say(page, HANDBOOK);
  await expect(page).toHaveURL(CONVERSATION);
  const conversation = page.url();
  const reconnect = page.getByRole("button", { name: "Reconnect Notion" });
  const consent = async (decision: string) => {
    await reconnect.click();
    await page.waitForURL(`${stack.simulatorUrl}/**`);
    const other = await page.context().newPage(); // meanwhile the cookie goes elsewhere
    await other.goto("/");
    if (!(await inSidebar(other, "Elsewhere").isVisible())) await switchTo(other, "Elsewhere");
    await other.close();
    await page.getByRole("button", { name: decision }).click();
  };
  await consent("Deny");
  await expect(page.getByRole("heading", { name: "You did not allow access" })).toBeVisible();
  await page.getByRole("link", { name: "Back to the chat" }).click();
  await expect(page).toHaveURL(conversation);
  await expect(reconnect).toBeVisible(); // nothing was sent again
  await consent("Allow");
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(page).toHaveURL(conversation);
  await expect(summary(page)).toBeVisible();
  await expect(inSidebar(page, "Product team")).toBeVisible();
  await expect(page.getByRole("log").getByText(/^You: /)).toHaveCount(1);
});
