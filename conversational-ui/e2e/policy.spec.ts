import type { Page } from "@playwright/test";
import {
  chosenSpaceId,
  expect,
  expectAccessible,
  idOf,
  signedInAndConnected,
  signIn,
  somebody,
  test,
} from "./support/test";

const allow = async (page: Page, choice: RegExp) => {
  await page.goto("/integrations");
  const card = page.getByRole("region", { name: "What may be called" });
  await card.getByRole("radio", { name: choice }).check();
  await card.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The policy is changed")).toBeVisible();
  await expect(card.getByRole("button", { name: "Save" })).toBeDisabled();
};

const createPage = async (page: Page, title: string) => {
  await page.goto("/chat/tools");
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: /^Create Notion pages / }).click();
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  await page
    .getByLabel("Arguments as JSON")
    .fill(JSON.stringify({ pages: [{ properties: { title }, content: "Hello" }] }));
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
};

test("an owner decides what may be called, and it holds for a member", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(120_000);
  await signedInAndConnected(page, stack);
  const space = await chosenSpaceId(page);

  // What writes wants an approval: a person who runs a tool by hand gives it.
  await allow(page, /^Ask before writing/);
  await expectAccessible(page);
  await createPage(page, "Approved by hand");
  await expect(
    page.getByRole("region", { name: "Result" }).getByText("Approved by hand").first(),
  ).toBeVisible();

  // Blocked tools are not even listed.
  await allow(page, /^Read only/);
  const tools = page.getByRole("navigation", { name: "Tools" });
  await expect(async () => {
    await page.goto("/chat/tools");
    await expect(tools.getByRole("button", { name: /^Search Notion Read$/ })).toBeVisible();
    await expect(tools.getByRole("button", { name: /^Create Notion pages / })).toHaveCount(0);
  }).toPass();

  const friend = somebody();
  stack.operate("spaces", "add-member", space, idOf(friend));
  const context = await browser.newContext({ baseURL: stack.url });
  const theirs = await context.newPage();
  await signIn(theirs, friend);
  await theirs.getByRole("button", { name: /^Open / }).click();
  await theirs.goto("/integrations");
  const card = theirs.getByRole("region", { name: "What may be called" });
  await expect(card.getByText("Read only")).toBeVisible();
  await expect(card.getByRole("radio")).toHaveCount(0);
  const refused = await theirs.request.put(`/api/spaces/${space}/policy`, {
    data: { choice: "none", seen: 2 },
    headers: { origin: stack.url },
  });
  expect(refused.status()).toBe(403);
  await context.close();
});

test("a change that somebody else made meanwhile is not written over", async ({ page, stack }) => {
  await signedInAndConnected(page, stack);
  const space = await chosenSpaceId(page);
  await page.goto("/integrations");
  const card = page.getByRole("region", { name: "What may be called" });
  await card.getByRole("radio", { name: /^No deleting/ }).check();
  const elsewhere = await page.request.put(`/api/spaces/${space}/policy`, {
    data: { choice: "read_only", seen: 0 },
    headers: { origin: stack.url },
  });
  expect(elsewhere.ok()).toBe(true);
  await card.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Somebody else has changed the policy meanwhile.")).toBeVisible();
  await expect(card.getByRole("radio", { name: /^Read only/ })).toBeChecked();
});

test.use({ expected: /40[39]/ });
