import { execFileSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import type { Page } from "@playwright/test";
import {
  connect,
  createFirstSpace,
  expect,
  expectAccessible,
  expectFitsPhone,
  goTo,
  type Stack,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

/** Returns the name of who has arrived. */
async function arrive(page: Page, stack: Stack): Promise<string> {
  await fetch(`${stack.simulatorUrl}/_simulator/faults`, { method: "DELETE" });
  const name = await signIn(page);
  await createFirstSpace(page);
  await connect(page, stack);
  await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
  await goTo(page, "chat/tools"); // its address from before
  await expect(page.getByRole("heading", { level: 1, name: "Tools" })).toBeVisible();
  await expect(page).toHaveURL(/\/s\/[^/]+\/tools$/);
  await expect(page.getByPlaceholder(/Filter \d+ tools/)).toBeVisible();
  return name;
}

const choose = async (page: Page, name: string) => {
  const button = new RegExp(`^${name} (Blocked )?(Read|Write|Destructive)$`);
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: button }).click();
  await expect(page.getByRole("heading", { level: 2, name })).toBeVisible();
};

test.describe("without a connection", () => {
  test.use({ expected: /401/ });

  test("without a model, the chat says so and leads to the tools", async ({ page }) => {
    await signIn(page);
    await createFirstSpace(page);
    await page
      .getByRole("navigation", { name: "Pages" })
      .getByRole("link", { name: "Chat" })
      .click();
    await expect(page.getByText("No model is set up")).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("main").getByRole("link", { name: "Open the tools" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Tools" })).toBeVisible();
    // The space is not connected, which is said where the tools would be.
    await expect(
      page.getByRole("main").getByRole("button", { name: "Connect Notion" }),
    ).toBeVisible();
    const entry = page
      .getByRole("navigation", { name: "Pages" })
      .getByRole("link", { name: "Tools" });
    await expect(entry).toHaveAttribute("aria-current", "page");
  });
});

test("a tool is chosen, filled in, run, and its result read", async ({ page, stack }) => {
  await arrive(page, stack);
  await choose(page, "Search Notion");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByText("This is required.")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "query required" })).toBeFocused();
  await page.getByRole("textbox", { name: "query required" }).fill("Team Handbook");
  await expect(page.getByText("This is required.")).toBeHidden();
  await page.getByText(/^Optional: \d+$/).click();
  await expectAccessible(page);
  await page.getByLabel(/^page_size/).fill("many");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByText("This must be a whole number.")).toBeVisible();
  await expect(page.getByLabel(/^page_size/)).toBeFocused();
  await page.getByLabel(/^page_size/).fill("2");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result.getByText('"title": "Team Handbook"')).toBeVisible();
  await expect(result.getByRole("link", { name: /Team Handbook/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  await expectAccessible(page);
  await expectFitsPhone(page);
});

/** As somebody pastes it into a terminal, with their own token in the environment. */
function inShell(line: string, token: string, stack: Stack): string {
  const command =
    process.env.NOTION_GATEWAY_COMMAND ??
    resolve(import.meta.dirname, "../../.venv/bin/notion-gateway");
  const env = {
    PATH: `${dirname(command)}:${process.env.PATH}`,
    HOME: stack.folder,
    NOTION_GATEWAY_TOKEN: token,
  };
  return execFileSync("sh", ["-c", line], {
    cwd: stack.folder,
    encoding: "utf8",
    env: env as unknown as NodeJS.ProcessEnv,
    timeout: 120_000,
  });
}

test("a call's raw messages and history are there, and the same call for a shell", async ({
  page,
  stack,
}) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const name = await arrive(page, stack);
  await choose(page, "Search Notion");
  await page.getByRole("textbox", { name: "query required" }).fill("Team Handbook");
  await page.keyboard.press("Enter");
  const result = page.getByRole("region", { name: "Result" });
  await result.getByText(/^Raw messages: \d+$/).click();
  await expect(result.getByText('"method": "tools/call"')).toBeVisible();
  await expect(result.getByText("Received: result")).toBeVisible();
  await expectAccessible(page);
  const copied = async (label: string) => {
    await result.getByRole("button", { name: label }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const lines = [await copied("Copy as curl"), await copied("Copy as command")];

  const made = await page.request.post(`/api/spaces/${spaceIdOf(page)}/tokens`, {
    headers: { origin: stack.url },
    data: { name: "Shell" },
  });
  const { token } = await made.json();
  for (const line of lines) {
    expect(line).not.toMatch(/ngw_|eyJ/);
    expect(inShell(line, token, stack)).toContain("Team Handbook");
  }

  await page.reload();
  const history = page.getByRole("region", { name: "History" });
  await expect(history.getByRole("listitem")).toHaveCount(1);
  await history.getByText("Search Notion").click();
  await history.getByText(/^Raw messages: \d+$/).click();
  await expect(history.getByText('"method": "tools/call"')).toBeVisible();
  await history.getByRole("button", { name: "Fill in again" }).click();
  await expect(page.getByRole("textbox", { name: "query required" })).toHaveValue("Team Handbook");
  // Signing out leaves nothing of it behind.
  const address = new URL(page.url()).pathname;
  await page.getByRole("button", { name: `Account: ${name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in/);
  await signIn(page, name);
  await page.goto(address);
  await expect(page.getByPlaceholder(/Filter \d+ tools/)).toBeVisible();
  await expect(page.getByRole("heading", { name: "History" })).toHaveCount(0);
});

test("an error of Notion's is said by the message in it", async ({ page, stack }) => {
  await arrive(page, stack);
  await choose(page, "Fetch Notion entities");
  const id = "3f2a8c1e-0000-4000-8000-000000000000";
  await page.getByRole("textbox", { name: "id required" }).fill(id);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const result = page.getByRole("region", { name: "Result" });
  await expect(result.getByText("The tool failed")).toBeVisible();
  await expect(result.getByRole("paragraph").filter({ hasText: /^Could not find / })).toBeVisible();
  await expectAccessible(page);
});

test("nested arguments are filled in by form or as JSON, and a page is made", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await choose(page, "Create Notion pages");
  // A form that nobody has touched makes no page without a title.
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
  await expect(page.getByText("This is required.").first()).toBeVisible();
  await expect(page.getByRole("article", { name: /Needs your approval$/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  const json = page.getByLabel("Arguments as JSON");
  await json.fill('{"pages": "no"}');
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
  await expect(page.getByText("This must be a list.")).toBeVisible();
  await json.fill('{"pages": [{"properties": {"title": "Made by hand"}, "content": "Hello"}]}');
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
  // What it does is said first, as in the chat; denied, nothing of it is done.
  const card = page.getByRole("article", { name: "Create Notion pages: Needs your approval" });
  await expect(card.getByText("Made by hand").first()).toBeVisible();
  await expectAccessible(page);
  await card.getByRole("button", { name: "Deny" }).click();
  await expect(card).toBeHidden();
  const run = page.getByRole("button", { name: "Run and change the workspace" });
  await expect(run).toBeFocused();
  await page.keyboard.press("Enter");
  // What runs is what was shown last: with the person's own words.
  await card.getByRole("button", { name: "Edit the text" }).click();
  await card.getByLabel("Title").fill("Made in other words");
  await card.getByRole("button", { name: "Use this text" }).click();
  await card.getByRole("button", { name: "Approve", exact: true }).click();
  await expect(
    page.getByRole("region", { name: "Result" }).getByText("Made in other words").first(),
  ).toBeVisible();
  const path = "tool_calls.notion-create-pages";
  const counted = await fetch(`${stack.simulatorUrl}/_simulator/wait?path=${path}&at_least=1`);
  const made = await counted.json();
  expect(made.tool_calls["notion-create-pages"]).toBe(1);

  // And not only in the browser.
  const refused = await page.request.post(`/api/spaces/${spaceIdOf(page)}/tools/call`, {
    headers: { origin: stack.url },
    data: {
      policy: { rules: {}, readOnly: false },
      name: "notion-create-pages",
      arguments: { pages: [{ properties: { title: "Never asked" } }] },
      approved: false,
    },
  });
  expect(refused.status()).toBe(409);
  expect(await refused.json()).toMatchObject({ reason: "approval_required" });
});

test("a running tool is cancelled at Notion", async ({ page, stack }) => {
  await arrive(page, stack);
  const order = await fetch(`${stack.simulatorUrl}/_simulator/faults`, {
    method: "POST",
    body: JSON.stringify({
      target: "mcp",
      kind: "slow",
      delay_seconds: 30,
      tool: "notion-search",
      times: null,
    }),
  });
  expect(order.ok).toBe(true);
  await choose(page, "Search Notion");
  await page.getByRole("textbox", { name: "query required" }).fill("Team Handbook");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("progressbar")).toHaveAttribute("value", /.+/);
  // Escape that closes something else does not cancel it.
  await page.getByRole("button", { name: /^Account: / }).click();
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menuitem", { name: "Sign out" })).toHaveCount(0);
  await expect(page.getByRole("progressbar")).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText("Cancelled");
  // Long before it would have ended by itself.
  const stopped = await fetch(
    `${stack.simulatorUrl}/_simulator/wait?path=streams.cancelled&at_least=1&timeout_seconds=20`,
  );
  expect(stopped.ok).toBe(true);
});

test("read-only blocks what changes the workspace, in the browser and on the server", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await page.getByLabel("Read-only").check();
  await choose(page, "Update Notion page");
  await expect(page.getByRole("button", { name: /^Run/ })).toBeDisabled();
  await expect(page.getByText("Blocked by your tool permissions.")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Read-only")).toBeChecked();
});
