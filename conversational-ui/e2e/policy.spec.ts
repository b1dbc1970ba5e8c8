import type { Page } from "@playwright/test";
import {
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  idOf,
  memberOf,
  note,
  signedInAndConnected,
  spaceIdOf,
  test,
} from "./support/test";

const cardOf = (page: Page) => page.getByRole("region", { name: "What may be called" });

/** The presets, of which an owner takes one. */
const choosing = async (page: Page) => {
  await cardOf(page).getByRole("button", { name: "Change…" }).click();
  return page.getByRole("dialog", { name: "What may be called", exact: true });
};

const allow = async (page: Page, choice: RegExp) => {
  await goTo(page, "integrations");
  const dialog = await choosing(page);
  await expect(dialog.getByRole("button", { name: "Save" })).toBeDisabled();
  await dialog.getByRole("radio", { name: choice }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(note(page, "The policy is changed")).toBeVisible();
  await expect(dialog).toBeHidden();
  await expect(cardOf(page).getByText(choice)).toBeVisible();
};

const createPage = async (page: Page, title: string) => {
  await goTo(page, "tools");
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: /^Create Notion pages / }).click();
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  await page
    .getByLabel("Arguments as JSON")
    .fill(JSON.stringify({ pages: [{ properties: { title }, content: "Hello" }] }));
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
};

test("an owner decides what may be called, and it holds for a member", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(240_000);
  await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);

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
    await goTo(page, "tools");
    await expect(tools.getByRole("button", { name: /^Search Notion Read$/ })).toBeVisible();
    await expect(tools.getByRole("button", { name: /^Create Notion pages / })).toHaveCount(0);
  }).toPass();

  const { page: theirs } = await memberOf(browser, stack, space);
  await goTo(theirs, "integrations");
  const card = cardOf(theirs);
  await expect(card.getByText("Read only")).toBeVisible();
  await expect(card.getByRole("button", { name: "Change…" })).toHaveCount(0);
  const refused = await theirs.request.put(`/api/spaces/${space}/policy`, {
    data: { choice: "none", seen: 2 },
    headers: { origin: stack.url },
  });
  expect(refused.status()).toBe(403);
  await theirs.context().close();
});

test("a change that somebody else made meanwhile is not written over", async ({ page, stack }) => {
  await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);
  await goTo(page, "integrations");
  const dialog = await choosing(page);
  await dialog.getByRole("radio", { name: /^No deleting/ }).check();
  const elsewhere = await page.request.put(`/api/spaces/${space}/policy`, {
    data: { choice: "read_only", seen: 0 },
    headers: { origin: stack.url },
  });
  expect(elsewhere.ok()).toBe(true);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(note(page, "Somebody else has changed the policy meanwhile.")).toBeVisible();
  await expect(dialog.getByRole("radio", { name: /^Read only/ })).toBeChecked();
});

const opened = async (page: Page) => {
  await goTo(page, "integrations");
  await cardOf(page).getByRole("button", { name: "Tools and rules" }).click();
  const dialog = page.getByRole("dialog", { name: /^What may be called in / });
  await expect(dialog.getByRole("group", { name: "Update page" })).toBeVisible();
  return dialog;
};

test("an owner sets single tools beside the preset", async ({ page, stack }) => {
  test.setTimeout(240_000);
  const owner = await signedInAndConnected(page, stack);
  await allow(page, /^No deleting/);

  const dialog = await opened(page);
  const choices = (tool: string) => dialog.getByRole("group", { name: tool, exact: true });
  await expect(choices("Delete pages").getByLabel("Block")).toBeChecked();
  await expect(dialog.getByText('But blocked where command is "replace_content".')).toBeVisible();
  await choices("Update page").getByLabel("Ask").check();
  await choices("Search").getByLabel("Block").check();
  await expect(dialog.getByText("2 tools changed")).toBeVisible();
  await choices("Search").getByLabel("Allow").check();
  await expect(dialog.getByText("1 tool changed")).toBeVisible();
  await expect(dialog.getByText("Set here. Without that: allow.")).toHaveCount(1);
  await expectAccessible(page);
  await dialog.getByRole("searchbox", { name: "Search tools" }).fill("update-page");
  await expect(dialog.getByRole("group")).toHaveCount(1);
  await dialog.getByRole("searchbox", { name: "Search tools" }).fill("");
  await dialog.getByLabel("Only what was set").check();
  await expect(dialog.getByRole("group")).toHaveCount(1);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(cardOf(page).getByText("No deleting, and more")).toBeVisible();
  await expect(cardOf(page).getByText("Besides this preset: 1 tool set.")).toBeVisible();

  await opened(page);
  await dialog.getByRole("tab", { name: "History" }).click();
  const changes = dialog.getByRole("list").first().locator("> li");
  await expect(changes.nth(0)).toContainText("Update page: asked about.");
  await expect(changes.nth(1)).toContainText("Preset: No deleting.");
  await expect(changes.nth(0)).toContainText(idOf(owner));
  await expectAccessible(page);
});

test("a member looks at the policy and changes nothing", async ({ page, browser, stack }) => {
  test.setTimeout(240_000);
  const owner = await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);
  const text = JSON.stringify({
    version: 1,
    preset: "no_deleting",
    tools: { "notion-update-page": "ask" },
  });
  const set = await page.request.put(`/api/spaces/${space}/policy`, {
    data: { text, seen: 0 },
    headers: { origin: stack.url },
  });
  expect(set.ok()).toBe(true);

  const { page: theirs } = await memberOf(browser, stack, space);
  await goTo(theirs, "integrations");
  await expect(cardOf(theirs).getByText(`Last changed by ${idOf(owner)}`)).toBeVisible();
  await cardOf(theirs).getByRole("button", { name: "Tools and rules" }).click();
  const seen = theirs.getByRole("dialog");
  await expect(seen.getByRole("listitem").filter({ hasText: "notion-update-page" })).toContainText(
    "Ask",
  );
  await expect(seen.getByRole("radio")).toHaveCount(0);
  await expectAccessible(theirs);
  await seen.getByRole("tab", { name: "JSON" }).click();
  await expect(seen.getByLabel("The policy as JSON")).not.toBeEditable();
  await expect(seen.getByRole("button", { name: "Save" })).toHaveCount(0);
  await theirs.context().close();
});

test("an owner writes rules as JSON, and is told the line of a mistake", async ({
  page,
  stack,
}) => {
  test.setTimeout(240_000);
  await signedInAndConnected(page, stack);
  const dialog = await opened(page);
  await dialog.getByRole("tab", { name: "JSON" }).click();
  const field = dialog.getByLabel("The policy as JSON");
  const rule = (tool: string) => `{
  "version": 1,
  "preset": "custom",
  "arguments": [{ "tool": "${tool}", "path": "parent", "outside_pages": ["1f8d872b594c80a4b2f400370af2b13f"], "then": "block", "name": "only the team's page" }],
  "callers": [{ "any_token": true, "preset": "read_only" }, { "token": "t-1" }]
}`;
  await field.fill(rule("notion-create-page"));
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toContainText(
    /^Line 4: arguments\[0\]\.tool: there is no tool notion-create-page/,
  );
  await expect(field).toBeFocused();
  const selected = () =>
    field.evaluate((it: HTMLTextAreaElement) => it.value.slice(it.selectionStart, it.selectionEnd));
  expect(await selected()).toMatch(/^ {2}"arguments": /);
  await expectAccessible(page);
  await dialog.getByRole("tab", { name: "Tools" }).click();
  await expect(dialog.getByText(/is being changed as JSON/)).toBeVisible();

  await dialog.getByRole("tab", { name: "JSON" }).click();
  await field.fill(rule("notion-create-pages"));
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  await expect(
    cardOf(page).getByText("Besides this preset: 1 rule about arguments, 2 rules for tokens."),
  ).toBeVisible();
  await expect(cardOf(page).getByRole("listitem")).toHaveText(
    "callers[1].token: the space has no token, login or machine t-1.",
  );
  await expectAccessible(page);

  await opened(page);
  await dialog.getByRole("tab", { name: "Rules" }).click();
  await expect(dialog.getByText(/^only the team's page: blocked unless parent is/)).toBeVisible();
  await expect(dialog.getByText("Every gateway token")).toBeVisible();
  await expect(dialog.getByText("Now the space has no token, login or machine t-1.")).toBeVisible();
  await expectAccessible(page);

  // Somebody else is quicker: nothing is written over, and what was set is not lost at once.
  const space = spaceIdOf(page);
  await dialog.getByRole("tab", { name: "Tools" }).click();
  await dialog.getByRole("group", { name: "Search", exact: true }).getByLabel("Ask").check();
  const elsewhere = await page.request.put(`/api/spaces/${space}/policy`, {
    data: { choice: "read_only", seen: 1 },
    headers: { origin: stack.url },
  });
  expect(elsewhere.ok()).toBe(true);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByText("Somebody else has changed the policy meanwhile")).toBeVisible();
  await expect(
    dialog.getByRole("group", { name: "Search", exact: true }).getByLabel("Ask"),
  ).toBeChecked();
  await dialog.getByRole("button", { name: "Discard mine and show theirs" }).click();
  const theirs = dialog.getByRole("group", { name: "Update page", exact: true });
  await expect(theirs.getByLabel("Block")).toBeChecked();
  await expect(dialog.getByRole("button", { name: "Save" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(cardOf(page).getByText("Read only", { exact: true })).toBeVisible();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("the table of tools fits", async ({ page, stack }) => {
    test.setTimeout(240_000);
    await signedInAndConnected(page, stack);
    const dialog = await opened(page);
    for (const tab of ["Tools", "Rules", "JSON", "History"]) {
      await dialog.getByRole("tab", { name: tab }).click();
      await expectNoSideways(page);
      const sideways = await dialog
        .getByRole("tabpanel")
        .evaluate((it) => it.scrollWidth - it.clientWidth);
      expect(sideways).toBe(0);
      await expectAccessible(page);
    }
  });
});

test.use({ expected: /40[39]|422/ });
