import type { Browser, Page } from "@playwright/test";
import { HANDBOOK, MODEL, say, summary } from "./support/chat";
import {
  card,
  connectOwn,
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  idOf,
  memberOf,
  type Stack,
  signedInAndConnected,
  spaceIdOf,
  test,
} from "./support/test";

test.use({ environment: MODEL });

async function choose(page: Page, mode: RegExp, { service = true } = {}): Promise<void> {
  await goTo(page, "integrations");
  await page.getByRole("button", { name: "Change whose Notion is used" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: mode }).check();
  const forService = dialog.getByLabel("Service tokens act with the team's connection");
  await (service ? forService.check() : forService.uncheck());
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
}

/** A member of the space, in a browser of their own. */
async function member(
  browser: Browser,
  stack: Stack,
  space: string,
  viewport: Page["viewportSize"],
) {
  const { name, page } = await memberOf(browser, stack, space, { viewport: viewport() });
  await goTo(page, "integrations");
  return { name, page, close: () => page.context().close() };
}

/** Runs a tool by hand, and reads by whose connection it was served. */
async function expectServed(page: Page, words: string): Promise<void> {
  await goTo(page, "tools");
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: /^Search Notion Read$/ }).click();
  await page.getByRole("textbox", { name: "query required" }).fill("Handbook");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("region", { name: "Result" }).getByText(words)).toBeVisible();
  await expect(page.getByRole("region", { name: "History" }).getByText(words)).toHaveCount(1);
  await page.getByRole("button", { name: "Clear history" }).click();
}

for (const [name, viewport] of [
  ["a desk", { width: 1280, height: 800 }],
  ["a phone", { width: 390, height: 844 }],
] as const) {
  test.describe(`on ${name}`, () => {
    test.use({ viewport });

    test("a member connects their own beside the team's, and acts with it until it is ended", async ({
      page,
      browser,
      stack,
    }) => {
      test.setTimeout(600_000);
      const look = async (at: Page) => {
        await expectNoSideways(at);
        await expectAccessible(at);
      };
      const owner = await signedInAndConnected(page, stack);
      const space = spaceIdOf(page);
      await expect(
        card(page, "Notion").getByText(/Used by everybody in Product team/),
      ).toBeVisible();

      await page.getByRole("button", { name: "Change whose Notion is used" }).click();
      await page.getByRole("radio", { name: /^Their own where they have one/ }).check();
      await expect(
        page.getByText(/You lend your rights to everybody .* who has not/),
      ).toBeVisible();
      await look(page);
      await page.keyboard.press("Escape");
      await choose(page, /^Their own where they have one/);
      await expect(card(page, "Team's connection").getByText("MCP connected")).toBeVisible();
      await expect(card(page, "Team's connection").getByText(/workspace Acme/)).toBeVisible();
      await expect(card(page, "Yours").getByText("Not connected")).toBeVisible();
      await look(page);

      const friend = await member(browser, stack, space, () => viewport);
      const theirs = friend.page;
      await goTo(theirs, "chat");
      await expect(
        theirs.getByText(`Acts as ${idOf(owner)} in Acme, by the team's connection`),
      ).toBeVisible();
      await goTo(theirs, "integrations");
      await expect(card(theirs, "Yours").getByText(/^Only you act with it/)).toBeVisible();
      await connectOwn(theirs, stack, "Birch Studio");
      await goTo(theirs, "integrations");
      await expect(card(theirs, "Yours").getByText("MCP connected")).toBeVisible();
      await expect(
        card(theirs, "Yours").getByText(/workspace Birch Studio, in your name/),
      ).toBeVisible();
      await expect(
        card(theirs, "Team's connection").getByText("Connected on record"),
      ).toBeVisible();
      await expect(theirs.getByRole("region").first()).toHaveAccessibleName("Yours");
      await look(theirs);
      await goTo(theirs, "chat");
      await expect(theirs.getByText("Acts as you in Birch Studio", { exact: true })).toBeVisible();
      await look(theirs);

      // The owner sees whose there are, and ends one.
      await goTo(page, "integrations");
      await page.getByRole("button", { name: "Change whose Notion is used" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByText("Birch Studio")).toBeVisible();
      await look(page);
      await dialog.getByRole("button", { name: `Disconnect ${idOf(friend.name)}` }).click();
      await dialog.getByRole("button", { name: "Delete their tokens" }).click();
      await expect(dialog.getByRole("button", { name: /^Disconnect / })).toHaveCount(0);
      // Their chat says so by itself.
      await expect(
        theirs.getByText(`Acts as ${idOf(owner)} in Acme, by the team's connection`),
      ).toBeVisible();
      await goTo(theirs, "integrations");
      await expect(card(theirs, "Yours").getByText("Not connected")).toBeVisible();
      await friend.close();
    });

    test("where each needs their own, who has none is asked for it in the chat", async ({
      page,
      browser,
      stack,
    }) => {
      test.setTimeout(600_000);
      await signedInAndConnected(page, stack);
      const space = spaceIdOf(page);
      await choose(page, /^Each their own/, { service: false });
      await expect(card(page, "Team's connection").getByText(/Used by nobody\./)).toBeVisible();
      await expect(card(page, "Whose Notion is used").getByText(/reach nothing/)).toBeVisible();

      const friend = await member(browser, stack, space, () => viewport);
      const theirs = friend.page;
      await goTo(theirs, "chat");
      const asked = theirs.getByRole("region", { name: "Connect Notion" });
      await expect(asked.getByText("Your own Notion is not connected")).toBeVisible();
      await expect(asked.getByText(/^Only you act with it/)).toBeVisible();
      await expectNoSideways(theirs);
      await expectAccessible(theirs);
      await asked.getByRole("button", { name: "Connect Notion" }).click();
      await theirs.waitForURL(`${stack.simulatorUrl}/**`);
      await theirs.getByRole("button", { name: "Allow" }).click();
      await expect(theirs.getByText("Only you act with it, in your own name.")).toBeVisible();
      await goTo(theirs, "chat");
      await say(theirs, HANDBOOK);
      await expect(summary(theirs)).toBeVisible();
      await friend.close();
    });
  });
}

test("a member disconnects their own alone, and goes on with the team's", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(600_000);
  await signedInAndConnected(page, stack);
  await choose(page, /^Their own where they have one/);
  const friend = await member(browser, stack, spaceIdOf(page), () => page.viewportSize());
  const theirs = friend.page;
  await connectOwn(theirs, stack, "Birch Studio");
  await expectServed(theirs, "by your own connection");
  await goTo(theirs, "integrations");
  await card(theirs, "Yours").getByRole("button", { name: "Details" }).click();
  const dialog = theirs.getByRole("dialog", { name: "Yours" });
  await expect(dialog.getByText("Birch Studio")).toBeVisible();
  await dialog.getByRole("button", { name: "Disconnect…" }).click();
  await theirs.getByRole("button", { name: "Disconnect and delete tokens" }).click();
  await expect(card(theirs, "Yours").getByText("Not connected")).toBeVisible();
  await expect(card(theirs, "Team's connection").getByText("MCP connected")).toBeVisible();
  await expectServed(theirs, "by the team's connection");
  await friend.close();
});

test("only an owner chooses whose Notion is used, and makes service tokens", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(600_000);
  await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);
  await goTo(page, "tokens");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Nightly report");
  await dialog.getByLabel("Service token").check();
  await expect(dialog.getByLabel("Manage the space")).toHaveCount(0);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Create token" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("service token, in nobody’s name")).toBeVisible();

  const friend = await member(browser, stack, space, () => page.viewportSize());
  const theirs = friend.page;
  await expect(card(theirs, "Whose Notion is used")).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Change whose Notion is used" })).toHaveCount(0);
  const headers = { origin: stack.url };
  const chosen = await theirs.request.put(`/api/spaces/${space}/grants`, {
    data: { mode: "personal", service_tokens_use_shared: true },
    headers,
  });
  expect(chosen.status()).toBe(403);
  const ended = await theirs.request.delete(`/api/spaces/${space}/grants/${idOf("Ada")}`, {
    headers,
  });
  expect(ended.status()).toBe(403);
  const own = await theirs.request.post(`/api/spaces/${space}/notion/consent`, {
    data: { whose: "personal" },
    headers,
  });
  expect((await own.json()).reason).toBe("own_not_used");
  await goTo(theirs, "tokens");
  await theirs.getByRole("button", { name: "New token" }).click();
  await expect(theirs.getByRole("dialog").getByLabel("Service token")).toHaveCount(0);
  const made = await theirs.request.post(`/api/spaces/${space}/tokens`, {
    data: { name: "x", is_service: true },
    headers,
  });
  expect(made.status()).toBe(403);
  await friend.close();
});
