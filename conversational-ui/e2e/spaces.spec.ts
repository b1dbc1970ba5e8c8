import type { Page } from "@playwright/test";
import {
  createFirstSpace,
  expect,
  expectAccessible,
  goTo,
  idOf,
  invite,
  note,
  signedInAndConnected,
  signIn,
  somebody,
  test,
} from "./support/test";

test("somebody without a space makes one, a second one, and switches", async ({ page }) => {
  await signIn(page);
  await expect(page.getByRole("heading", { name: "Create your first space" })).toBeVisible();
  await createFirstSpace(page, "Product team");
  await page.getByRole("button", { name: "Space: Product team" }).click();
  await page.getByRole("menuitem", { name: "New space" }).click();
  const dialog = page.getByRole("dialog", { name: "New space" });
  await dialog.getByLabel("Name").fill("Research");
  await dialog.getByRole("button", { name: "Create space" }).click();
  await expect(page.getByRole("button", { name: "Space: Research" })).toBeVisible();
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Space: Research" }).click();
  await page.getByRole("menuitemradio", { name: "Product team" }).click();
  await expect(page.getByRole("button", { name: "Space: Product team" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Space: Product team" })).toBeVisible();
});

test("many spaces are searched", async ({ page, stack }) => {
  await signIn(page);
  for (let number = 1; number <= 8; number++) {
    const made = await page.request.post("/api/spaces", {
      headers: { origin: stack.url },
      data: { name: `Team ${number}` },
    });
    expect(made.ok()).toBe(true);
  }
  await goTo(page, "members");
  await page.getByRole("button", { name: /^Space: No space chosen/ }).click();
  const choice = page.getByRole("dialog", { name: "Your spaces" });
  const search = choice.getByRole("combobox", { name: "Search your spaces" });
  await expect(search).toBeFocused();
  await expect(choice.getByRole("option")).toHaveCount(8);
  await expectAccessible(page, "[role=dialog]");
  await search.fill("8 team");
  await expect(choice.getByRole("option")).toHaveText(["TTeam 8"]);
  await search.press("Enter");
  await expect(page.getByRole("button", { name: "Space: Team 8" })).toBeVisible();
  await expect(choice).toBeHidden();
  await page.getByRole("button", { name: "Space: Team 8" }).click();
  await choice.getByRole("button", { name: "New space" }).click();
  await expect(page.getByRole("dialog", { name: "New space" }).getByLabel("Name")).toBeVisible();
});

test("an owner invites somebody, who accepts and uses the space, and removes them again", async ({
  page,
  browser,
  stack,
}) => {
  await signIn(page);
  await createFirstSpace(page, "Shared space");
  const friend = somebody();
  await goTo(page, "members");
  await invite(page, " ");
  await expect(page.getByText(/That is no account name/)).toBeVisible();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Account name").fill(idOf(friend));
  await expect(page.getByText(/That is no account name/)).toBeHidden();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Invite" }).click();
  await expect(page.getByRole("heading", { name: "1 invited" })).toBeVisible();
  await expect(page.getByText("1 person")).toBeVisible();

  const theirContext = await browser.newContext({ baseURL: stack.url });
  const theirs = await theirContext.newPage();
  await signIn(theirs, friend);
  await expect(theirs.getByRole("heading", { name: "Create your first space" })).toBeVisible();
  await expect(theirs.getByText("No space yet")).toBeVisible();
  await theirs.getByRole("link", { name: "Invitations" }).click();
  await expect(theirs.getByText(/^tester-.* invites you as a member/)).toBeVisible();
  await expectAccessible(theirs);
  await theirs.getByRole("button", { name: "Accept Shared space" }).click();
  await expect(note(theirs, "You belong to Shared space now")).toBeVisible();
  await page.reload();
  await expect(page.getByText("2 people")).toBeVisible();
  await goTo(theirs, "integrations");
  await expect(theirs.getByText("Only an owner of this space can connect it.")).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Connect" })).toBeDisabled();
  await goTo(theirs, "members");
  await expect(theirs.getByRole("button", { name: "Invite…" })).toHaveCount(0);

  await page.getByLabel(`Role of ${idOf(friend)}`).selectOption("owner");
  await expect(note(page, `${idOf(friend)} is now an owner`)).toBeVisible();
  await theirs.reload();
  await expect(theirs.getByRole("button", { name: "Invite…" })).toBeVisible();

  await page.getByRole("button", { name: `Remove ${idOf(friend)}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText("1 person")).toBeVisible();
  const gone = await theirs.reload();
  expect(gone?.status()).toBe(404);
  await expect(theirs.getByRole("heading", { name: "You cannot open this space" })).toBeVisible();
  await expect(theirs.getByText("Shared space")).toHaveCount(0);

  // No link lets them in again, and they read why; an invitation does.
  await page.getByRole("button", { name: "Send a link…" }).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = await page.getByTestId("invitation-link").innerText();
  await page.getByRole("button", { name: "Done" }).click();
  await theirs.goto(link);
  await expect(theirs.getByText(/^You were removed from this space/)).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Join Shared space" })).toHaveCount(0);
  await expectAccessible(theirs);
  await expect(page.getByRole("heading", { name: "1 removed" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: `Invite again: ${idOf(friend)}` }).click();
  await expect(page.getByRole("heading", { name: "1 invited" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "1 removed" })).toHaveCount(0);
  await theirContext.close();
});

test("nobody's chat opens in a space they were merely added to, until they choose it", async ({
  page,
  browser,
  stack,
}) => {
  const [first, second] = [somebody(), somebody()];
  stack.operate("spaces", "create", "Adder's", "--user", "adder", "--id", "adders");
  for (const name of [first, second]) stack.operate("spaces", "add-member", "adders", idOf(name));
  await signIn(page, first);
  await expect(page.getByRole("heading", { name: "Choose a space" })).toBeVisible();
  await goTo(page, "members");
  await expect(page.getByText("No space chosen")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Open Adder's" }).click();
  await expect(page.getByRole("button", { name: "Space: Adder's" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Space: Adder's" })).toBeVisible();

  // Whoever signs in next in the same browser has chosen nothing.
  await page.getByRole("button", { name: `Account: ${first}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  await signIn(page, second);
  await expect(page.getByRole("heading", { name: "Choose a space" })).toBeVisible();

  // Where they have one of their own, a fresh browser opens that.
  await createFirstSpace(page, "Zebra");
  const fresh = await browser.newContext({ baseURL: stack.url });
  const theirs = await fresh.newPage();
  await signIn(theirs, second);
  await expect(theirs.getByRole("button", { name: "Space: Zebra" })).toBeVisible();
  await fresh.close();
});

test("an invitation link lets one person join, who signs in by it", async ({
  page,
  browser,
  stack,
}) => {
  await signIn(page);
  await createFirstSpace(page, "Linked space");
  await goTo(page, "members");
  const space = /\/s\/([^/]+)\//.exec(page.url())?.[1] ?? "";
  stack.operate("spaces", "grants", space, "--mode", "personal");
  const make = async () => {
    await page.getByRole("button", { name: "Send a link…" }).click();
    await expect(
      page.getByText(/^This gateway sends no e-mail to people you invite/),
    ).toBeVisible();
    await page.getByRole("button", { name: "Make a link to copy" }).click();
    const link = await page.getByTestId("invitation-link").innerText();
    await expectAccessible(page);
    await page.keyboard.press("Escape"); // it is shown once
    await page.getByRole("button", { name: "Done" }).click();
    return link;
  };
  const link = await make();
  expect(link).toContain(`${stack.url}/join/`);
  const [address = "", secret = ""] = link.split("#");
  expect(secret).not.toBe("");
  await expect(page.getByText("A link for one person")).toBeVisible();

  const asked: string[] = [];
  const open = async (path: string) => {
    const one = await (await browser.newContext({ baseURL: stack.url })).newPage();
    one.on("request", (request) => asked.push(request.url().split("#")[0] ?? ""));
    await one.goto(path);
    await one.waitForURL(/\/sign-in\?next=/);
    expect(one.url()).not.toContain(secret);
    await one.getByLabel("Your name").fill(somebody());
    await one.getByRole("button", { name: "Sign in" }).click();
    await one.waitForURL(address);
    return one;
  };
  const theirs = await open(link);
  await expect(theirs.getByText(/^tester-.* invites you as a member/)).toBeVisible();
  await expect(theirs.getByText(/Every member connects their own Notion here/)).toBeVisible();
  await expectAccessible(theirs);
  expect(theirs.url()).toBe(address);
  await theirs.getByRole("button", { name: "Join Linked space" }).click();
  await theirs.waitForURL(/\/s\/[^/]+\/chat$/);
  const kept = (one: Page) => one.evaluate(() => JSON.stringify({ ...sessionStorage }));
  expect(await kept(theirs)).not.toContain(secret);
  await page.reload();
  await expect(page.getByText("2 people")).toBeVisible();
  await expect(page.getByText("A link for one person")).toHaveCount(0);
  // Whoever belongs comes to the space; for anybody else it has ended.
  await theirs.goto(link);
  await theirs.waitForURL(/\/s\/[^/]+\/chat$/);
  await theirs.context().close();
  const late = await open(link);
  await expect(late.getByText(/^This link has ended/)).toBeVisible();
  await expect(late.getByRole("link", { name: "Go to your spaces" })).toBeVisible();
  expect(await kept(late)).not.toContain(secret);
  await late.context().close();
  // No log has seen the secret: it is in no address that a browser asked for.
  expect(asked.filter((one) => one.includes("/join/"))).not.toEqual([]);
  expect(asked.filter((one) => one.includes(secret))).toEqual([]);
  // A link of before, with the secret in its path, leads on.
  await page.goto(`${address}/${secret}`);
  await page.waitForURL(/\/s\/[^/]+\/chat$/);

  await goTo(page, "members");
  await make();
  await page.getByRole("button", { name: /^Take back the link/ }).press("Enter");
  await expect(page.getByText("A link for one person")).toHaveCount(0);
  await expect(page.getByRole("main")).toBeFocused();
});

test("an invitation is declined, and another taken back", async ({ page, browser, stack }) => {
  await signIn(page);
  await createFirstSpace(page, "Other people's");
  const friend = somebody();
  const inviteFriend = async () => {
    await goTo(page, "members");
    await invite(page, idOf(friend));
    await expect(page.getByRole("heading", { name: "1 invited" })).toBeVisible();
  };
  await inviteFriend();
  await expectAccessible(page);

  const theirs = await browser.newPage({ baseURL: stack.url });
  await signIn(theirs, friend);
  await createFirstSpace(theirs, "Their own");
  await theirs.getByRole("link", { name: "Invitations" }).click();
  await theirs.getByRole("button", { name: "Decline Other people's" }).press("Enter");
  await expect(theirs.getByText("There are none just now.")).toBeVisible();
  await expect(theirs.getByRole("main")).toBeFocused();
  await expect(theirs.getByRole("link", { name: "Invitations" })).toHaveCount(0);
  await page.reload();
  await expect(page.getByText("1 person")).toBeVisible();
  await expect(page.getByRole("heading", { name: "1 invited" })).toHaveCount(0);

  await inviteFriend();
  await page
    .getByRole("button", { name: `Take back the invitation of ${idOf(friend)}` })
    .press("Enter");
  await expect(page.getByRole("heading", { name: "1 invited" })).toHaveCount(0);
  await expect(page.getByRole("main")).toBeFocused(); // the button that was pressed is gone
  await goTo(theirs, "invitations");
  await expect(theirs.getByText("There are none just now.")).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Space: Their own" })).toBeVisible();
  await theirs.close();
});

test("an owner renames the space", async ({ page }) => {
  await signIn(page);
  await createFirstSpace(page, "Old name");
  await goTo(page, "members");
  await page.getByRole("button", { name: "Rename…" }).click();
  const dialog = page.getByRole("dialog", { name: "Rename this space" });
  await dialog.getByLabel("Name").fill(" ");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await expect(dialog.getByText("A name tells this space from others.")).toBeVisible();
  await dialog.getByLabel("Name").fill("New name");
  await expect(dialog.getByText("A name tells this space from others.")).toBeHidden();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Rename" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Space: New name" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Rename…" })).toBeFocused();
});

test("a gateway token is shown once, works for an MCP client, and is revoked", async ({
  page,
  stack,
  request,
}) => {
  await signedInAndConnected(page, stack);
  await goTo(page, "tokens");
  await expect(page.getByRole("heading", { name: "No tokens yet" })).toBeVisible();
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Read only").check();
  await dialog.getByLabel("Only some tools").check();
  await dialog.getByRole("button", { name: "Create token" }).click();
  const noName = dialog.getByText("A name tells this token from others.");
  const noTool = dialog.getByRole("group", { name: "What it may do" }).getByRole("alert");
  await expect(noName).toBeVisible();
  await expect(noTool).toHaveText("Choose at least one tool, or allow all.");
  await dialog.getByLabel("Name").fill("Claude Code on my laptop");
  await expect(noName).toBeHidden();
  await expect(noTool).toBeVisible();
  await dialog.getByRole("checkbox", { name: /^notion-search reads/ }).check();
  await expect(noTool).toBeHidden();
  let letThrough = () => {};
  await page.route("**/api/spaces/*/tokens", async (route) => {
    await new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    await route.continue();
  });
  const making = page.waitForRequest((one) => one.url().endsWith("/tokens"));
  await dialog.getByRole("button", { name: "Create token" }).click();
  await making;
  // It may be made already: neither Escape, nor a click beside it or on the cross loses it.
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(dialog.getByRole("heading", { name: "New gateway token" })).toBeVisible();
  letThrough();
  await expect(dialog.getByRole("heading", { name: "Copy your token now" })).toBeVisible();
  await page.keyboard.press("Escape"); // does not lose it
  const token = await dialog.getByTestId("token").innerText();
  expect(token).toMatch(/^nmgp_\w{40,}$/);
  await expect(dialog.getByRole("tabpanel")).toContainText("claude mcp add");
  await dialog.getByRole("tab", { name: "VS Code" }).click();
  const config = JSON.parse(await dialog.getByRole("tabpanel").locator("pre").innerText());
  const [server = ""] = Object.keys(config.servers);
  expect(server).toMatch(/^notion-product-team-[0-9a-f]{4}$/); // two spaces may have one name
  const { url, headers } = config.servers[server];

  const list = () =>
    request.post(url, {
      headers: {
        ...headers,
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/list",
      },
      data: {
        jsonrpc: "2.0",
        id: 1,
        method: "tools/list",
        params: {
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { name: "e2e", version: "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
          },
        },
      },
    });
  const answer = await list();
  expect(answer.status()).toBe(200);
  expect(await answer.text()).toContain("notion-search");

  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("1 token", { exact: true })).toBeVisible();
  await expect(page.getByText("read only")).toBeVisible();
  await expect(page.getByText(/expires in 3 months/)).toBeVisible();
  expect(await page.content()).not.toContain(token);

  // Which tokens and which people are active.
  const seen = (text: RegExp) =>
    expect(async () => {
      await page.reload();
      await expect(page.getByText(text)).toBeVisible({ timeout: 5000 });
    }).toPass();
  await seen(/Last used/);
  await goTo(page, "members");
  await seen(/ · Active /);
  await goTo(page, "tokens");

  await page.getByRole("button", { name: "Revoke Claude Code on my laptop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("heading", { name: "No tokens yet" })).toBeVisible();
  await expect(page.getByRole("main")).toBeFocused(); // the button that was pressed is gone
  await expect.poll(async () => (await list()).status()).toBe(401);
});
