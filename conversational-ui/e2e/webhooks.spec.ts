import type { Page } from "@playwright/test";
import { startReceiver } from "./support/receiver.mjs";
import {
  connect,
  createFirstSpace,
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  memberOf,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

test.use({
  gatewayEnvironment: { GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: "1" },
  expected: /422/,
});

const cardOf = (page: Page) => page.getByRole("region", { name: "Webhooks" });

/** Adds one, and answers its secret, which is shown this once. */
async function add(page: Page, url: string, ...events: string[]): Promise<string> {
  await cardOf(page).getByRole("button", { name: "Add webhook" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Address").fill(url);
  if (events.length > 0) await dialog.getByLabel("Only some of it").check();
  for (const event of events) await dialog.getByLabel(event).check();
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  await expect(dialog.getByRole("heading", { name: "Copy the secret now" })).toBeVisible();
  const secret = await dialog.getByTestId("secret").innerText();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
  return secret;
}

test("an owner adds a webhook, tests it, and sends again what was refused", async ({
  page,
  stack,
}) => {
  test.setTimeout(240_000);
  const receiver = await startReceiver();
  await signIn(page);
  await createFirstSpace(page);
  await expect(cardOf(page).getByText("There is none yet.")).toBeVisible();
  receiver.state.secret = await add(page, receiver.url);
  const row = cardOf(page).getByRole("listitem");
  await expect(row).toContainText("Told of everything");
  await expect(row).toContainText("Nothing was told yet.");

  await row.getByRole("button", { name: /^Send test to / }).click();
  await expect(row.getByText("The test arrived: the receiver answered 204.")).toBeVisible();
  expect(receiver.received.map(({ type }) => type)).toEqual(["webhook.test"]);
  receiver.state.status = 302;
  await row.getByRole("button", { name: /^Send test to / }).click();
  await expect(row.getByText(/^The test did not arrive\. The answer was a redirect/)).toBeVisible();
  await expectAccessible(page);

  // Something happens, and the receiver refuses it at first.
  receiver.state.status = 500;
  await connect(page, stack);
  await expect.poll(() => receiver.received.at(-1)?.type).toBe("grant.connected");
  await goTo(page, "integrations");
  await row.getByRole("button", { name: /^Messages to / }).click();
  const dialog = page.getByRole("dialog", { name: "Messages" });
  const message = dialog.getByRole("listitem").filter({ hasText: "Notion was connected" });
  await expect(async () => {
    await dialog.getByRole("button", { name: "Refresh" }).click();
    await expect(message).toContainText("it answered 500", { timeout: 1000 });
  }).toPass();
  await expect(message).toContainText("Trying again");
  await message.getByText("What is sent").click();
  await expect(message).toContainText('"type": "grant.connected"');
  await expectAccessible(page);

  receiver.state.status = 204;
  const before = receiver.received.length;
  await message.getByRole("button", { name: /^Send again: / }).click();
  await expect.poll(() => receiver.received.length).toBeGreaterThan(before);
  expect(new Set(receiver.received.slice(before - 1).map(({ id }) => id)).size).toBe(1);
  await expect(async () => {
    await dialog.getByRole("button", { name: "Refresh" }).click();
    await expect(message).toContainText("Delivered", { timeout: 1000 });
  }).toPass();
  await dialog.getByRole("button", { name: "Close" }).click(); // Escape may be the note's
  await expect(row).toContainText("Delivered");

  await row.getByRole("button", { name: /^Remove / }).click();
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(cardOf(page).getByText("There is none yet.")).toBeVisible();
  await receiver.stop();
});

test("an address to which nothing is sent is refused in words, and a member sees no webhooks", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(240_000);
  await signIn(page);
  await createFirstSpace(page);
  await cardOf(page).getByRole("button", { name: "Add webhook" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  await expect(dialog.getByText("Messages need an address to go to.")).toBeVisible();
  await dialog.getByLabel("Address").fill("ftp://files.example.com/notion");
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  await expect(dialog.getByText(/^The address .*: name a public one that begins/)).toBeVisible();
  await expect(dialog.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Only some of it").check();
  await dialog.getByLabel("Address").fill("https://hooks.example.com/notion");
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  await expect(dialog.getByText("Choose at least one, or all.")).toBeVisible();
  await expectAccessible(page);

  const space = spaceIdOf(page);
  const { page: theirs } = await memberOf(browser, stack, space);
  await goTo(theirs, "integrations");
  await expect(theirs.getByRole("region", { name: "What may be called" })).toBeVisible();
  await expect(cardOf(theirs)).toHaveCount(0);
  const refused = await theirs.request.post(`/api/spaces/${space}/webhooks`, {
    data: { url: "https://hooks.example.com/notion" },
    headers: { origin: stack.url },
  });
  expect(refused.status()).toBe(403);
  await theirs.context().close();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("webhooks with long addresses fit", async ({ page }) => {
    test.setTimeout(240_000);
    await signIn(page);
    await createFirstSpace(page);
    await cardOf(page).getByRole("button", { name: "Add webhook" }).click();
    await page.getByLabel("Only some of it").check();
    await expectNoSideways(page);
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await add(
      page,
      `http://127.0.0.1:9/${"a-rather-long-path/".repeat(6)}`,
      "The connection ends soon",
      "Somebody left the space",
    );
    await expect(cardOf(page).getByRole("listitem")).toContainText(
      "Told when: The connection ends soon; Somebody left the space",
    );
    await cardOf(page)
      .getByRole("button", { name: /^Send test to / })
      .click();
    await expect(cardOf(page).getByText(/Nobody answers there/)).toBeVisible();
    await expectNoSideways(page);
    await expectAccessible(page);
    await cardOf(page)
      .getByRole("button", { name: /^Messages to / })
      .click();
    await expect(page.getByText("Nothing was told yet. Tests are not listed.")).toBeVisible();
    await expectNoSideways(page);
    await expectAccessible(page);
  });
});
