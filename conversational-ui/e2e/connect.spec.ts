import {
  connect,
  createFirstSpace,
  expect,
  goTo,
  signedInAndConnected,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

test("a person connects a space, sees that it works, and disconnects it", async ({
  page,
  stack,
}) => {
  await signIn(page);
  await createFirstSpace(page);
  const shown: string[] = [];
  page.on("framenavigated", (frame) => shown.push(frame.url()));
  await connect(page, stack);
  await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
  await expect(page).toHaveURL(/\/integrations\/notion\/callback$/);
  const own = shown.filter((address) => address.startsWith(stack.url));
  expect(own.filter((address) => /[?&](state|code)=/.test(address))).toEqual([]);
  const named = page.getByText("The workspace Acme is connected to Product team.");
  await expect(named).toBeVisible();
  for (const [link, there] of [
    ["Integrations", /\/s\/[^/]+\/integrations$/],
    ["Go to the chat", /\/s\/[^/]+\/chat$/],
  ] as const) {
    await page.getByRole("link", { name: link }).click();
    await expect(page).toHaveURL(there);
    await page.goBack();
    await expect(page.getByRole("heading", { name: "Already connected" })).toBeVisible();
    await expect(named).toBeVisible();
  }

  await page.getByRole("link", { name: "Integrations" }).click();
  await expect(page.getByText("MCP connected")).toBeVisible();
  await expect(page.getByText(/Last verified/)).toBeVisible();
  await expect(page.getByText(/ connected Notion/)).toBeVisible();

  await page.getByRole("button", { name: "Details" }).click();
  const dialog = page.getByRole("dialog", { name: "Notion MCP" });
  await expect(dialog.getByText("Acme")).toBeVisible();
  await dialog.getByText(/^\d+ tools$/).click();
  await expect(dialog.getByText("notion-search", { exact: true })).toBeVisible();
  await dialog.getByRole("button", { name: "Disconnect…" }).click();
  const question = page.getByRole("dialog", { name: "Disconnect Notion?" });
  await expect(question.getByText(/Notion's tokens for this space/)).toBeVisible();
  await question.getByRole("button", { name: "Disconnect and delete tokens" }).click();
  await expect(page.getByText("Not connected")).toBeVisible();
  await expect(page.getByText(/ disconnected Notion/)).toBeVisible();
  await expect(page.getByText(/^Last 30 days: .+: connected.+disconnected$/)).toBeVisible();
});

test.describe("signed out at Notion", () => {
  // Of /favicon.ico, which the browser asks for by itself on some of these redirects.
  test.use({ expected: /the server responded with a status of 404/ });

  test("whoever is signed out on the way back from Notion signs in, and finishes", async ({
    page,
    stack,
  }) => {
    const name = await signIn(page);
    await createFirstSpace(page);
    await page.getByRole("button", { name: "Connect" }).click();
    await page.waitForURL(`${stack.simulatorUrl}/**`);
    await page.context().clearCookies({ name: "session" });
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL("**/sign-in?next=*");
    await page.getByLabel("Your name").fill(name);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
  });
});

test("a consent that is denied connects nothing, and says so", async ({ page, stack }) => {
  await signIn(page);
  await createFirstSpace(page);
  await connect(page, stack, "Deny");
  await expect(page.getByRole("heading", { name: "You did not allow access" })).toBeVisible();
  await expect(page).toHaveURL(`${stack.url}/integrations/notion/callback`);
  await page.getByRole("link", { name: "Back to integrations" }).click();
  await expect(page.getByText("Not connected")).toBeVisible();
  await page.goto("/integrations/notion/callback");
  await expect(page.getByRole("heading", { name: "Nothing to finish here" })).toBeVisible();
});

test("a state that nobody knows ends in words", async ({ page, stack }) => {
  await page.goto(
    `${stack.gatewayUrl}/integrations/notion/mcp/oauth/callback?code=c&state=unknown`,
  );
  await expect(
    page.getByRole("heading", { name: "This attempt is no longer valid" }),
  ).toBeVisible();
  await expect(page).toHaveURL(`${stack.url}/integrations/notion/callback`);
});

test("who is led to somebody else's link connects nothing", async ({ page, stack, browser }) => {
  await signIn(page);
  await createFirstSpace(page);
  const spaceId = spaceIdOf(page);
  const started = await page.request.post(`${stack.url}/api/spaces/${spaceId}/notion/consent`, {
    headers: { origin: stack.url },
    data: {},
  });
  const { authorizeUrl } = await started.json();

  const other = await browser.newContext({ baseURL: stack.url });
  const theirs = await other.newPage();
  await signIn(theirs);
  await theirs.goto(authorizeUrl);
  await theirs.getByRole("button", { name: "Allow" }).click();
  await expect(
    theirs.getByRole("heading", { name: "This attempt is no longer valid" }),
  ).toBeVisible();
  await other.close();

  await goTo(page, "integrations");
  await expect(page.getByText("Not connected")).toBeVisible();
});

test("a redirect without a code ends in words", async ({ page, stack }) => {
  await signIn(page);
  await createFirstSpace(page);
  let state = "";
  await page.route("**/api/spaces/*/notion/consent", async (route) => {
    const response = await route.fetch();
    ({ state } = await response.json());
    await route.fulfill({ response });
  });
  await page.getByRole("button", { name: "Connect" }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  const issuer = encodeURIComponent(stack.simulatorUrl);
  await page.goto(
    `${stack.gatewayUrl}/integrations/notion/mcp/oauth/callback?state=${state}&iss=${issuer}`,
  );
  await expect(
    page.getByRole("heading", { name: /without an answer|no longer valid/ }),
  ).toBeVisible();
  await expect(page).toHaveURL(`${stack.url}/integrations/notion/callback`);
});

test("an address that only claims success is not believed", async ({ page }) => {
  await signIn(page);
  await createFirstSpace(page);
  for (const spaceId of ["sp-of-somebody-else", ""]) {
    await page.goto(
      `/integrations/notion/callback?status=success&mcp=connected&spaceId=${spaceId}`,
    );
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByText("MCP connected")).toHaveCount(0);
    await expect(page).toHaveURL(/\/integrations\/notion\/callback$/);
  }
});

test("neither code nor state stays in the address, whatever else is in it", async ({
  page,
  stack,
}) => {
  await signIn(page);
  for (const query of [
    "code=secret&state=secret",
    "status=confirm&state=secret-state-1234567890",
  ]) {
    await page.goto(`/integrations/notion/callback?${query}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page).toHaveURL(`${stack.url}/integrations/notion/callback`);
    await goTo(page, "members");
    await page.goBack();
    await expect(page).toHaveURL(`${stack.url}/integrations/notion/callback`);
  }
});
test.describe("what fails on purpose", () => {
  test.use({ expected: /Failed to load resource/ });

  test("a grant revoked at Notion shows as soon as somebody looks, and reconnects", async ({
    page,
    stack,
    request,
  }) => {
    await signedInAndConnected(page, stack);
    expect((await request.post(`${stack.simulatorUrl}/_simulator/revoke-grants`)).ok()).toBe(true);
    await page.getByRole("button", { name: "Details" }).click();
    await page.getByRole("button", { name: "Check now" }).click();
    await expect(page.getByRole("dialog").getByText("Reconnect needed")).toBeVisible();
    await page.keyboard.press("Escape");
    await connect(page, stack);
    await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
    await goTo(page, "integrations");
    await expect(page.getByText("MCP connected")).toBeVisible();
    const days = page.getByText(/^Last 30 days: .+: connected, ended by Notion, reconnected$/);
    await expect(days).toBeVisible();
  });

  test("a gateway that is down is said plainly, and a retry goes on from there", async ({
    page,
    stack,
  }) => {
    await signedInAndConnected(page, stack);
    await stack.stopGateway();
    try {
      await page.getByRole("button", { name: "Details" }).click();
      await page.getByRole("button", { name: "Check now" }).click();
      await expect(page.getByRole("dialog").getByText("Cannot be verified")).toBeVisible();
      await page.reload();
      await expect(page.getByText("The gateway cannot be reached")).toBeVisible();
      await page.getByText("Details").click();
      await expect(page.getByRole("button", { name: "Copy request id" })).toBeVisible();
    } finally {
      await stack.startGateway();
    }
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByText("MCP connected")).toBeVisible();
  });
});
