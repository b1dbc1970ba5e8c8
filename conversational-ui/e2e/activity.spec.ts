import { readFile } from "node:fs/promises";
import {
  createFirstSpace,
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  idOf,
  memberOf,
  signedInAndConnected,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

test("an owner sees who called what, filters it, and takes it along", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(240_000);
  const owner = await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);
  await goTo(page, "tools");
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: /^Search Notion Read$/ }).click();
  await page.getByRole("textbox", { name: "query required" }).fill("Team Handbook");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("region", { name: "Result" })).toBeVisible();

  await goTo(page, "activity");
  const calls = page.getByRole("region", { name: "Calls" });
  await expect(async () => {
    await page.reload();
    await expect(calls.getByText("Search", { exact: true })).toBeVisible({ timeout: 5_000 });
  }).toPass();
  await expect(calls.getByText(new RegExp(`^${idOf(owner)} · `)).first()).toBeVisible();
  await expect(calls.getByText("Answered").first()).toBeVisible();
  await expectAccessible(page);

  await page.getByLabel("Tool").fill("notion-fetch");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByText("No call fits this filter.")).toBeVisible();
  await page.getByRole("link", { name: "Show all" }).click();
  await expect(calls.getByText("Search", { exact: true })).toBeVisible();

  await page.getByRole("combobox", { name: "Calls" }).selectOption("that may change something");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/writing=true/);
  await expect(page.getByText("No call fits this filter.")).toBeVisible();
  await page.getByRole("link", { name: "Show all" }).click();
  await expect(calls.getByText("Search", { exact: true })).toBeVisible();

  await page.getByLabel("Page in Notion").fill("no page");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByText(/neither an address nor an id/)).toBeVisible();
  await expect(page.getByLabel("Page in Notion")).toHaveValue("no page");
  await expectAccessible(page);
  await goTo(page, "activity");

  const today = new Date().toISOString().slice(0, 10);
  await page.getByLabel("From").fill(today);
  await page.getByLabel("To", { exact: true }).fill(today);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`since=${today}&until=${today}`));
  await expect(calls.getByText("Search", { exact: true })).toBeVisible();
  await page.getByLabel("From").fill("2020-01-01");
  await page.getByLabel("To", { exact: true }).fill("2020-01-31");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByText("No call fits this filter.")).toBeVisible();
  await page.getByRole("link", { name: "Show all" }).click();
  await calls.getByText("Details").first().click();
  await expect(calls.getByText("Request id").first()).toBeVisible();
  await expect(calls.getByText("The team's", { exact: true }).first()).toBeVisible();
  await expect(calls.getByText(/^[\d.]+ (bytes|kB)$/).first()).toBeVisible();
  await expectAccessible(page);

  // With whose connection, and why not.
  await page.getByLabel("Connection").selectOption("personal");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByText("No call fits this filter.")).toBeVisible();
  await page.getByLabel("Connection").selectOption("shared");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(calls.getByText("Search", { exact: true })).toBeVisible();
  await page.getByLabel("Refused because").selectOption("tool_not_allowed");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByText("No call fits this filter.")).toBeVisible();
  await page.getByRole("link", { name: "Show all" }).click();
  await expect(calls.getByText("Search", { exact: true })).toBeVisible();

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export" }).click();
  const text = await readFile(await (await download).path(), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toEqual({ end: true, entries: lines.length - 1 });
  expect(lines.map((line) => line.tool)).toContain("notion-search");

  // What is recorded, and for how long, is the owner's to set, and everybody's to read.
  await page.getByRole("button", { name: "What is recorded" }).click();
  const recorded = page.getByRole("dialog", { name: "What is recorded" });
  await recorded.getByLabel(/^Arguments/).check();
  await recorded.getByLabel(/^For a number of days/).check();
  await recorded.getByLabel("Days", { exact: true }).fill("none");
  await recorded.getByRole("button", { name: "Save" }).click();
  await expect(recorded.getByText(/^A whole number of days/)).toBeVisible();
  await expectAccessible(page);
  await recorded.getByLabel("Days", { exact: true }).fill("30");
  await recorded.getByRole("button", { name: "Save" }).click();
  await expect(recorded).toBeHidden();
  const said = `Calls are kept for 30 days. Their arguments are recorded, as ${idOf(owner)} has set`;
  await expect(calls.getByText(said)).toBeVisible();

  const { page: theirs } = await memberOf(browser, stack, space);
  await goTo(theirs, "activity");
  await expect(theirs.getByRole("heading", { level: 1, name: "My activity" })).toBeVisible();
  await expect(theirs.getByText("You have not called a tool yet.")).toBeVisible();
  await expect(theirs.getByLabel("Person")).toHaveCount(0);
  await expect(theirs.getByRole("link", { name: "Export" })).toHaveCount(0);
  await expect(theirs.getByRole("button", { name: "What is recorded" })).toHaveCount(0);
  await expect(theirs.getByText(said)).toBeVisible();
  const refused = await theirs.request.get(`/api/spaces/${space}/audit`);
  expect(refused.status()).toBe(403);

  // What they call they see; what the owner called they do not.
  await goTo(theirs, "tools");
  const theirTools = theirs.getByRole("navigation", { name: "Tools" });
  await theirTools.getByRole("button", { name: /^Fetch / }).click();
  await theirs.getByRole("textbox", { name: /^id/ }).fill("self");
  await theirs.getByRole("button", { name: "Run", exact: true }).click();
  await expect(theirs.getByRole("region", { name: "Result" })).toBeVisible();
  const own = theirs.getByRole("region", { name: "Calls" });
  await expect(async () => {
    await goTo(theirs, "activity");
    await expect(own.getByText("Fetch", { exact: true })).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(own.getByText("Search", { exact: true })).toHaveCount(0);
  await expectAccessible(theirs);
  await theirs.goto(`/activity?user=${idOf(owner)}`);
  await expect(own.getByText("Search", { exact: true })).toHaveCount(0);
  await theirs.context().close();
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("calls come first, and the filter behind its button", async ({ page }) => {
    await signIn(page);
    await createFirstSpace(page, "A small team");
    await goTo(page, "activity");
    const calls = page.getByText("Nobody has called a tool yet.");
    await expect(calls).toBeInViewport();
    await expect(page.getByLabel("Tool")).toBeHidden();
    await expectNoSideways(page);
    await expectAccessible(page);

    await page.getByText("Filter", { exact: true }).click();
    await page.getByLabel("Tool").fill("notion-fetch");
    await expectNoSideways(page);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page.getByText("No call fits this filter.")).toBeInViewport();
    await page.getByText("Filter, in use").click();
    await expect(page.getByLabel("Tool")).toHaveValue("notion-fetch");
    await page.getByRole("link", { name: "Show all" }).click();
    await expect(calls).toBeInViewport();

    await page.getByText("Filter", { exact: true }).click();
    await page.getByLabel("Page in Notion").fill("no page");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page.getByText(/neither an address nor an id/)).toBeVisible();
  });
});
