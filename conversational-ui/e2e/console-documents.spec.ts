import type { Page } from "@playwright/test";
import {
  expect,
  expectAccessible,
  expectClassesAgree,
  expectNoSideways,
  goTo,
  signedInAndConnected,
  test,
} from "./support/test";

const PHONE = { width: 390, height: 844 };

test("resources are listed and read, and prompts are said to be none", async ({ page, stack }) => {
  await signedInAndConnected(page, stack);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await goTo(page, "tools");
  await expect(page.getByPlaceholder(/Filter \d+ tools/)).toBeVisible();
  // What is not open is not asked for.
  expect(asked.filter((path) => /\/(resources|prompts)$/.test(path))).toEqual([]);
  const parts = page.getByRole("navigation", { name: "What Notion offers" });
  await parts.getByRole("link", { name: "Resources" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Resources" })).toBeVisible();
  const list = page.getByRole("navigation", { name: "Resources" });
  await list.getByRole("button", { name: /markdown/i }).click();
  const content = page.getByRole("region", { name: "Content" });
  await expect(content).toContainText("# Enhanced Markdown");
  await expectAccessible(page);
  await expectClassesAgree(page);
  await page.setViewportSize(PHONE);
  await expectNoSideways(page);
  await page.getByRole("button", { name: "All resources" }).click();
  await expect(list).toBeVisible();
  await expectAccessible(page);
  await parts.getByRole("link", { name: "Prompts" }).click();
  await expect(page.getByText("This Notion offers no prompts.")).toBeVisible();
  await expectAccessible(page);
  await expectNoSideways(page);
});

test("a tool that has a page of its own says so, and that it is not shown yet", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  await goTo(page, "tools");
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: /^Check Notion MCP next steps/ }).click();
  const named = page.getByText("an MCP App (ui://notion/mcp-business-education-card.html)");
  await expect(named).toHaveText(/This site does not show such pages yet\.$/);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("region", { name: "Result" })).toContainText('"kind"');
  await expect(page.locator("iframe")).toHaveCount(0);
  await expectAccessible(page);
  await page.setViewportSize(PHONE);
  await expect(named).toBeVisible();
  await expectNoSideways(page);
});

const HOSTILE =
  '<img src=x onerror="document.title = `owned`"><script>document.title = "owned"</script>' +
  "[click](javascript:document.title='owned') ![x](https://evil.example/pixel)";
const LONG = "Wide".repeat(100);

/** As a server would answer that wants to do harm; what this site's server makes of it stands. */
async function hostile(page: Page): Promise<void> {
  const answer = (path: string, json: unknown) =>
    page.route(new RegExp(`/api/spaces/[^/]+${path}(\\?|$)`), (route) => route.fulfill({ json }));
  const schema = {
    type: "object",
    title: HOSTILE,
    required: ["name"],
    properties: {
      name: { type: "string", title: HOSTILE, description: HOSTILE, pattern: "^(a+)+$" },
      other: { $ref: "https://evil.example/schema.json" },
      self: { $ref: "#" },
      url: { type: "string", format: "uri", default: "javascript:alert(1)" },
      choice: { enum: [HOSTILE, LONG] },
    },
  };
  const tool = { name: "notion-evil", title: HOSTILE, description: HOSTILE + LONG };
  const polluting = JSON.parse('{"type": "object", "properties": {"__proto__": {"x": 1}}}');
  await answer("/tools", {
    tools: [
      { ...tool, inputSchema: schema, kind: "destructive", app: "ui://evil/card.html" },
      { ...tool, name: "notion-odd", title: "Odd", inputSchema: polluting, kind: "read" },
    ],
  });
  const documents = [
    { uri: "notion://evil", title: HOSTILE, description: LONG, mimeType: "text/html" },
    { uri: "ui://evil/app.html", title: "An app", description: "", mimeType: "text/html" },
    { uri: "notion://page/{id}", title: "By its id", description: "", mimeType: "text/html" },
  ].map((one) => ({ ...one, isTemplate: one.uri.includes("{") }));
  await answer("/resources", { offered: true, listed: documents });
  await answer("/resources/read", [
    { uri: "notion://evil", mimeType: "text/html", text: HOSTILE + LONG, bytes: 10 },
    { uri: "notion://evil", mimeType: "image/svg+xml", text: null, bytes: 7 },
  ]);
  const given = [{ name: "page", description: HOSTILE, required: true }];
  await answer("/prompts", {
    offered: true,
    listed: [{ name: "evil", title: HOSTILE, description: LONG, arguments: given }],
  });
  await answer("/prompts/get", [{ role: "user", text: HOSTILE, type: "text" }]);
}

async function expectHarmless(page: Page): Promise<void> {
  expect(await page.title()).not.toContain("owned");
  const main = page.getByRole("main");
  await expect(main.locator("img, iframe, script, style, object, [onerror]")).toHaveCount(0);
  await expect(main.locator('a[href^="javascript"], a[href*="evil"]')).toHaveCount(0);
  await expectNoSideways(page);
  await expectAccessible(page);
  // And ``complaints`` fails the test for any request to anybody else.
}

test("hostile tools, schemas, resources and prompts are text", async ({ page, stack }) => {
  await signedInAndConnected(page, stack);
  await hostile(page);
  await page.setViewportSize(PHONE);
  await goTo(page, "tools");
  const tools = page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("button", { name: /onerror/ }).click();
  await expect(page.getByText("ui://evil/card.html")).toBeVisible();
  await page.getByText(/^Optional: \d+$/).click();
  await expectHarmless(page);
  const name = page.getByRole("textbox", { name: /required$/ });
  await name.fill(`${"a".repeat(40)}!`); // a pattern of its own would be at work for years
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
  // What no card knows is shown by its own names, and may be changed before it runs.
  const sheet = page.getByRole("dialog", { name: /onerror/ });
  await expect(sheet.getByText("This takes away what is there.")).toBeVisible();
  const given = sheet.getByRole("textbox", { name: /required$/ });
  await expect(given).toHaveValue(`${"a".repeat(40)}!`);
  await expect(given).toBeDisabled();
  await sheet.getByRole("button", { name: "Edit" }).click();
  await expect(sheet.getByRole("button", { name: "Approve" })).toHaveCount(0);
  await given.fill("");
  await sheet.getByRole("button", { name: "Use this" }).click();
  await expect(sheet.getByText("This is required.")).toBeVisible();
  await given.fill("Mine");
  await sheet.getByRole("button", { name: "Use this" }).click();
  await expect(sheet.getByText("The text is yours.")).toBeVisible();
  await sheet.getByText("The exact call").click();
  await expect(sheet.getByText('"name": "Mine"')).toBeVisible();
  await expect(sheet.locator("img, iframe, script, object, [onerror]")).toHaveCount(0);
  await expectHarmless(page);
  await sheet.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "All tools" }).click();
  await tools.getByRole("button", { name: /^Odd/ }).click();
  await expect(page.getByLabel("Arguments as JSON")).toBeVisible();
  expect(await page.evaluate(() => "x" in {})).toBe(false);

  await goTo(page, "tools/resources");
  const resources = page.getByRole("navigation", { name: "Resources" });
  await resources.getByRole("button", { name: /onerror/ }).click();
  await expect(page.getByRole("region", { name: "Content" })).toContainText("owned");
  await expectHarmless(page);
  await page.getByRole("button", { name: "All resources" }).click();
  await resources.getByRole("button", { name: /An app/ }).click();
  await expect(page.getByText("This site does not show such pages yet.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Content" })).toHaveCount(0);
  await page.getByRole("button", { name: "All resources" }).click();
  await resources.getByRole("button", { name: /By its id/ }).click();
  await page.getByRole("button", { name: "Read", exact: true }).click();
  await expect(page.getByText("A part of it is in braces still.")).toBeVisible();
  await page.getByLabel("Address").fill("notion://page/1");
  await page.getByRole("button", { name: "Read", exact: true }).click();
  await expect(page.getByRole("region", { name: "Content" })).toContainText("owned");
  await expectHarmless(page);

  await goTo(page, "tools/prompts");
  await page
    .getByRole("navigation", { name: "Prompts" })
    .getByRole("button", { name: /onerror/ })
    .click();
  await page.getByRole("button", { name: "Get the prompt" }).click();
  await expect(page.getByText("This is required.")).toBeVisible();
  await page.getByRole("textbox", { name: "page required" }).fill("Handbook");
  await page.getByRole("button", { name: "Get the prompt" }).click();
  await expect(page.getByRole("region", { name: "Prompt" })).toContainText("owned");
  await expectHarmless(page);
});
