import {
  adding,
  approve,
  arrive,
  control,
  counters,
  HANDBOOK,
  MODEL,
  readPage,
  say,
  summary,
  todo,
  tool,
  wait,
} from "./support/chat";
import { expectAskedBeforeLeaving } from "./support/leaving";
import { expect, expectAccessible, expectNoSideways, spaceIdOf, test } from "./support/test";

test.use({
  // The browser logs every refusal; these are provoked.
  expected: /Failed to load resource: the server responded with a status of (401|502)/,
  environment: [MODEL, { scope: "worker" }],
});

test("finds a page, summarises it, and names its sources", async ({ page, stack }) => {
  await arrive(page, stack);
  await expect(page.getByText("Scripted demo model")).toBeVisible();
  await expectAccessible(page);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(tool(page, "done")).toHaveCount(2);
  const chip = page.getByRole("list", { name: "Sources" }).getByRole("link").first();
  await expect(chip).toHaveText(/Team Handbook/);
  await expect(chip).toHaveAttribute("href", /^https:\/\/app\.notion\.com\//);
  await expect(chip).toHaveAttribute("rel", "noopener noreferrer");
  await tool(page, "done").first().locator("summary").click();
  await expect(tool(page, "done").first().getByText('"query": "Team Handbook"')).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page);
  await expectAccessible(page);

  await page.setViewportSize({ width: 1280, height: 400 });
  const log = page.getByRole("log");
  const unseen = () => log.evaluate((one) => one.scrollHeight - one.clientHeight);
  expect(await unseen()).toBeGreaterThan(0);
  await page.emulateMedia({ media: "print" });
  expect(await unseen()).toBe(0);
  // Nothing around it cuts it off: it is a part of the page's own height.
  const [whole, printed] = await log.evaluate((one) => [
    one.scrollHeight,
    document.documentElement.scrollHeight,
  ]);
  expect(printed).toBeGreaterThanOrEqual(whole ?? 0);
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeHidden();
  await expect(page.getByLabel("Message")).toBeHidden();
  await expect(summary(page)).toBeVisible();
  await page.emulateMedia({ media: null });
});

test("asks before a change, with its exact arguments, and makes it when approved", async ({
  page,
  stack,
}) => {
  const what = todo();
  await arrive(page, stack);
  await say(page, adding(what));
  const card = tool(page, "waiting");
  await expect(card.getByText("Add to the end of Onboarding Checklist")).toBeVisible();
  await expect(card.getByRole("link", { name: "Onboarding Checklist" })).toHaveAttribute(
    "href",
    /^https:\/\/app\.notion\.com\//,
  );
  await expect(card.getByRole("insertion")).toHaveText(`- [ ] ${what}`);
  await card.getByText("The exact call").click();
  await expect(card.getByText(`"content": "- [ ] ${what}"`)).toBeVisible();
  expect(await readPage(page, "Onboarding Checklist")).not.toContain(what);
  await expectAccessible(page);
  await page.reload(); // an answer may take until tomorrow
  await approve(page).click();
  await expect(page.getByText("Done: I added this")).toBeVisible();
  await expect(tool(page, "waiting")).toHaveCount(0);
  expect(await readPage(page, "Onboarding Checklist")).toContain(what);
});

test("what would be replaced is shown beside what is there, and is asked about every time", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await page.getByRole("button", { name: "Tool permissions" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Update Notion page: permission").selectOption("allow");
  await page.keyboard.press("Escape");
  await say(page, 'Replace the text of Onboarding Checklist with "Nothing to do"');
  const card = tool(page, "waiting");
  await expect(card.getByText("Replace everything in Onboarding Checklist")).toBeVisible();
  const compared = card.getByRole("group", { name: "Before and after" });
  await expect(compared).toContainText("- [");
  await expect(compared).not.toContainText("<content>"); // the page's own text, without its wrapping
  await expect(compared.getByRole("insertion").last()).toContainText("Nothing to do");
  await expect(card.getByText("This takes away what is there.")).toBeVisible();
  await expect(card.getByRole("button", { name: /do not ask again/ })).toHaveCount(0);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page);
  await expectAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Deny" }).click();
  await expect(tool(page, "denied")).toBeVisible();
});

test("changes nothing when denied", async ({ page, stack }) => {
  const what = todo();
  await arrive(page, stack);
  await say(page, adding(what));
  await page.getByRole("button", { name: "Deny" }).click();
  await expect(tool(page, "denied")).toBeVisible();
  await expect(
    page
      .getByRole("log")
      .getByText(/den(ied|y)|not approve|declined/i)
      .last(),
  ).toBeVisible();
  expect(await readPage(page, "Onboarding Checklist")).not.toContain(what);
  await expectAccessible(page);
});

test("an approval that nobody asked for is refused", async ({ page, stack }) => {
  const what = todo();
  await arrive(page, stack);
  await say(page, adding(what));
  await expect(tool(page, "waiting")).toBeVisible();
  // As a page that was tampered with would: the same approval, for other arguments.
  await page.route("**/api/spaces/*/chat", async (route) => {
    const body = route.request().postData() ?? "";
    await route.continue({ postData: body.replaceAll("Water plant", "Burn plant") });
  });
  await approve(page).click();
  await expect(page.getByRole("log").getByRole("alert").or(tool(page, "failed"))).toBeVisible();
  const text = await readPage(page, "Onboarding Checklist");
  expect(text).not.toContain("Burn plant");
  expect(text).not.toContain(what);
});

for (const era of ["2026-07-28", "2025-11-25"]) {
  test(`stop reaches Notion (${era})`, async ({ page, stack }) => {
    const what = todo();
    await arrive(page, stack);
    const before = (await counters(stack)).streams.cancelled;
    // Only that era has sessions to end.
    const sessionsEnded = async () => (await counters(stack)).requests["DELETE /mcp"] ?? 0;
    const endedBefore = await sessionsEnded();
    if (era === "2025-11-25") {
      // A server of that time does not know how to discover, and the client shakes hands.
      await control(stack, "faults", {
        target: "mcp",
        kind: "status",
        status: 400,
        rpc_method: "server/discover",
        times: null,
      });
    }
    await control(stack, "faults", {
      target: "mcp",
      kind: "slow",
      delay_seconds: 30,
      tool: "notion-update-page",
      times: null,
    });
    await say(page, adding(what));
    await approve(page).click();
    await expect(tool(page, "running").getByRole("progressbar")).toBeVisible();
    if (era === "2025-11-25") await page.keyboard.press("Escape");
    else await page.getByRole("button", { name: "Stop" }).click();
    await expect(tool(page, "unknown")).toBeVisible();
    await wait(stack, `path=streams.cancelled&at_least=${before + 1}`);
    await wait(stack, "path=mcp.open&equals=0");
    expect((await sessionsEnded()) > endedBefore).toBe(era === "2025-11-25");
    await control(stack, "faults", undefined, "DELETE");
    expect(await readPage(page, "Onboarding Checklist")).not.toContain(what);
    // The conversation goes on, and does not run what was stopped.
    await say(page, HANDBOOK);
    await expect(summary(page)).toBeVisible();
    await expect(tool(page, "unknown")).toHaveCount(1);
  });
}

test("a revoked grant shows the reconnect card, and the same message goes through afterwards", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await control(stack, "revoke-grants");
  await say(page, HANDBOOK);
  const card = page.getByRole("region", { name: "Reconnect Notion" });
  await expect(card).toBeVisible();
  await expect(page).toHaveURL(/\/chat\/[0-9a-f-]{36}$/);
  const conversation = page.url();
  await expectAccessible(page);
  await card.getByRole("button", { name: "Reconnect Notion" }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(summary(page)).toBeVisible();
  await expect(page.getByRole("log").getByText(/^You: /)).toHaveCount(1);
  await expect(page).toHaveURL(conversation); // where it began
});

test("a grant that is revoked while an approval waits keeps what was done, and asks again", async ({
  page,
  stack,
}) => {
  const what = todo();
  await arrive(page, stack);
  await say(page, adding(what));
  await expect(approve(page)).toBeVisible();
  await control(stack, "revoke-grants");
  await approve(page).click();
  const card = page.getByRole("region", { name: "Reconnect Notion" });
  await card.getByRole("button", { name: "Reconnect Notion" }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(page.getByText("Done: I added this").or(approve(page))).toBeVisible();
  if (await approve(page).isVisible()) await approve(page).click();
  await expect(page.getByText("Done: I added this")).toBeVisible();
  const text = await readPage(page, "Onboarding Checklist");
  expect(text.split(what)).toHaveLength(2);
});

test.describe("when something is down", () => {
  test("a gateway that is down is said in plain words, and a retry goes through", async ({
    page,
    stack,
  }) => {
    await arrive(page, stack);
    await stack.stopGateway();
    await say(page, HANDBOOK);
    await expect(page.getByRole("log").getByRole("alert")).toContainText(
      "The gateway cannot be reached",
    );
    await expectAccessible(page);
    await stack.startGateway();
    await page.getByRole("log").getByRole("button", { name: "Try again" }).click();
    await expect(summary(page)).toBeVisible();
    await expect(page.getByRole("log").getByRole("alert")).toHaveCount(0);
  });

  test("a tool that fails says so, and the answer goes on", async ({ page, stack }) => {
    await arrive(page, stack);
    await control(stack, "faults", {
      target: "mcp",
      kind: "status",
      status: 503,
      tool: "notion-search",
      times: null,
    });
    await say(page, HANDBOOK);
    await expect(tool(page, "failed")).toContainText("Notion cannot be reached");
    await expect(page.getByRole("log").getByText(/fail/i).last()).toBeVisible();
    await expectAccessible(page);
  });
});

test("a hostile page does nothing in the browser", async ({ page, stack }) => {
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await arrive(page, stack, "Birch Studio");
  const before = (await counters(stack)).tool_calls ?? {};
  for (const request of ["Summarise Supplier Offers", "Read Supplier Offers"]) {
    await say(page, request);
    await expect(page.getByRole("button", { name: "Copy answer" }).last()).toBeVisible();
    await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  }
  for (const summary of await page.getByRole("log").locator("details > summary").all()) {
    await summary.click();
  }
  expect(dialogs).toEqual([]);
  expect(await page.title()).not.toContain("owned");
  const log = page.getByRole("log");
  expect(
    await log
      .locator("img, iframe, form, style, script, svg[onload], [onerror], [onmouseover]")
      .count(),
  ).toBe(0);
  for (const link of await log.getByRole("link").all()) {
    await expect(link).toHaveAttribute("href", /^https:\/\//);
    await expect(link).toHaveAttribute("rel", "noopener noreferrer");
  }
  for (const chip of await page.getByRole("list", { name: "Sources" }).getByRole("link").all()) {
    await expect(chip).toHaveAttribute("href", /^https:\/\/app\.notion\.com\//);
  }
  const signIn = log.getByRole("link", { name: "Sign in again" });
  await expectAskedBeforeLeaving(page, signIn, "https://notion-login.example/?next=%2Foauth");
  const published = log.getByRole("link", { name: "Confirm your account" });
  await expectAskedBeforeLeaving(page, published, "https://sign-in-again.notion.site/confirm");
  // Read and searched, and nothing else.
  const after = (await counters(stack)).tool_calls ?? {};
  const called = Object.keys(after).filter((name) => after[name] !== before[name]);
  expect(called.every((name) => /search|fetch/.test(name))).toBe(true);
  await expect(approve(page)).toHaveCount(0);
  // And ``complaints`` fails the test for any request to anybody else.
});

test("conversations are kept: found, renamed, deleted", async ({ page, stack }) => {
  await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(page.getByRole("list", { name: "Sources" })).toBeVisible();
  await page.getByRole("link", { name: "New conversation" }).first().click();
  await say(page, "What can you do?");
  const list = page.getByRole("region", { name: "Conversations" });
  await expect(list.getByRole("link", { name: /What can you do/ })).toBeVisible();
  await list.getByRole("searchbox").fill("only in a chat");
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await list.getByRole("link", { name: HANDBOOK }).click();
  await expect(summary(page)).toBeVisible();
  await page.reload();
  await expect(summary(page)).toBeVisible();
  await page.getByRole("button", { name: `Options for ${HANDBOOK}` }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("About us");
  await page.getByLabel("Title").press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "About us" })).toBeVisible();
  const options = page.getByRole("button", { name: "Options for About us" });
  await expect(options).toBeFocused();
  await options.press("Enter");
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("Something else");
  await page.getByLabel("Title").press("Escape");
  await expect(options).toBeFocused();
  await expectAccessible(page);
  await page.getByRole("button", { name: "All conversations" }).click();
  await page.getByRole("menuitem", { name: "Delete all" }).click();
  await page.getByRole("button", { name: "Delete all" }).click();
  await expect(list.getByText("They are kept for you alone")).toBeVisible();
});

test("on a phone the drawer closes when a conversation is chosen", async ({ page, stack }) => {
  await arrive(page, stack);
  await say(page, "What can you do?");
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("link", { name: "New conversation" }).first().click();
  await expect(page).toHaveURL(/\/chat$/); // which closes the drawer too
  await page.getByRole("button", { name: "Open menu" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "What can you do?" }).click();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
});

test("tools are allowed, asked about or blocked, and a space can be read-only", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await page.getByRole("button", { name: "Tool permissions" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("notion-update-page")).toBeVisible();
  await expectAccessible(page);
  const what = todo();
  await dialog.getByLabel("Update Notion page: permission").selectOption("allow");
  await page.keyboard.press("Escape");
  await say(page, adding(what));
  await expect(page.getByText("Done: I added this")).toBeVisible();
  await page.getByRole("button", { name: "Tool permissions" }).click();
  await dialog.getByLabel("Read-only").check();
  await page.keyboard.press("Escape");
  await expect(page.getByText("Read-only")).toBeVisible();
  const more = todo();
  await say(page, adding(more));
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy answer" })).toHaveCount(2);
  expect(await readPage(page, "Onboarding Checklist")).not.toContain(more);
});

test("what a person allows themselves stays within the space's policy", async ({ page, stack }) => {
  test.setTimeout(240_000);
  await arrive(page, stack);
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

  const dialog = page.getByRole("dialog");
  const update = dialog.getByRole("listitem").filter({ hasText: "notion-update-page" });
  await expect(async () => {
    await page.reload(); // a policy holds within two seconds
    await page.getByRole("button", { name: "Tool permissions" }).click();
    await expect(update.getByText("The space has each call approved.")).toBeVisible({
      timeout: 5000,
    });
  }).toPass();
  await expect(update.getByRole("option", { name: "Allow" })).toBeDisabled();
  await expect(update.getByRole("option", { name: "Block" })).toBeEnabled();
  await expect(dialog.getByText("Blocked by the space")).toBeVisible();
  await expect(dialog.getByText("Delete pages", { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  await say(page, adding(todo()));
  await expect(approve(page)).toBeVisible();
  await expect(page.getByRole("button", { name: /do not ask again/ })).toHaveCount(0);
  await expect(page.getByText("has every call of this tool approved")).toBeVisible();
  await approve(page).click();
  await expect(page.getByText("Done: I added this")).toBeVisible();
});

test("the routes want a session and this site's own pages", async ({ page, stack }) => {
  await arrive(page, stack);
  const said = [{ id: "1", role: "user", parts: [{ type: "text", text: "hi" }] }];
  const bodies = {
    "/api/spaces/sp-x/chat": { conversationId: "c1", policy: {}, messages: said },
    "/api/spaces/sp-x/tools/call": { policy: {}, name: "x", arguments: {}, approved: true },
  };
  for (const [path, body] of Object.entries(bodies)) {
    const stranger = await fetch(stack.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", origin: stack.url },
      body: JSON.stringify(body),
    });
    expect(stranger.status).toBe(401);
    const elsewhere = await page.request.post(stack.url + path, {
      headers: { origin: "https://evil.example" },
      data: body,
    });
    expect(elsewhere.status()).toBe(403);
    // Somebody else's space: the gateway says no.
    const foreign = await page.request.post(stack.url + path, {
      headers: { origin: stack.url },
      data: body,
    });
    expect(foreign.status()).toBe(403);
    expect((await foreign.json()).reason).toBe("space_not_accessible");
  }
  // An answer that is being written is read and stopped by its own person alone.
  const running = `${stack.url}/api/spaces/sp-x/chat/c1`;
  const headers = { origin: stack.url };
  for (const method of ["GET", "DELETE"]) {
    expect((await fetch(running, { method, headers })).status).toBe(401);
  }
  expect((await page.request.get(running, { headers })).status()).toBe(204);
  const elsewhere = { origin: "https://evil.example" };
  expect((await page.request.delete(running, { headers: elsewhere })).status()).toBe(403);
  const foreign = await page.request.delete(running, { headers });
  expect((await foreign.json()).reason).toBe("space_not_accessible");
});
