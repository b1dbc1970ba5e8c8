import {
  expect,
  expectAccessible,
  expectClassesAgree,
  expectNoSideways,
  goTo,
  memberOf,
  signedInAndConnected,
  spaceIdOf,
  test,
} from "./support/test";

test("an owner makes a machine, which gets a token, and revokes it", async ({
  page,
  request,
  stack,
}) => {
  test.setTimeout(480_000);
  await signedInAndConnected(page, stack);
  await goTo(page, "tokens");
  const machines = page.getByRole("region", { name: "Machines" });
  await expect(machines.getByText("None yet.")).toBeVisible();
  await machines.getByRole("button", { name: "New machine" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Create machine" }).click();
  await expect(dialog.getByText("A name tells this machine from others.")).toBeVisible();
  await dialog.getByLabel("Name").fill("Nightly import");
  await dialog.getByLabel("Read only").check();
  await dialog.getByRole("button", { name: "Create machine" }).click();
  await expect(dialog.getByRole("heading", { name: "Copy its secret now" })).toBeVisible();
  await expectAccessible(page);
  const secret = await dialog.getByTestId("machine-secret").innerText();
  const clientId = await dialog.locator("dd code").first().innerText();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeVisible(); // what is shown only once
  const ask = () =>
    request.post(`${stack.gatewayUrl}/oauth/token`, {
      headers: { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` },
      form: { grant_type: "client_credentials" },
    });
  const given = await ask();
  expect(given.status()).toBe(200);
  const token = (await given.json()).access_token;
  expect(token).toMatch(/^nmgm_/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(machines.getByText("Nightly import")).toBeVisible();
  await expect(machines.getByText("machine, in nobody’s name")).toBeVisible();
  await expect(machines.getByText(/^Made by \S+ · /)).toBeVisible();
  await expect(page.getByText("No tokens yet")).toBeVisible();

  // What it did stands one click away.
  const call = { name: "notion-create-pages", arguments: {} };
  const called = await request.post(`${stack.gatewayUrl}/mcp/notion/${spaceIdOf(page)}`, {
    headers: { authorization: `Bearer ${token}`, accept: "application/json, text/event-stream" },
    data: { jsonrpc: "2.0", id: 1, method: "tools/call", params: call },
  });
  expect(called.ok()).toBe(false);
  await machines.getByRole("link", { name: "Activity of Nightly import" }).click();
  await expect(page).toHaveURL(/\/activity\?token=/);
  const asked = page.getByRole("combobox", { name: "Token, client or machine" });
  await expect(asked.locator("option:checked")).toHaveText("Nightly import");
  await expect(async () => {
    await page.reload();
    const calls = page.getByRole("region", { name: "Calls" });
    await expect(calls.getByText("Create pages", { exact: true })).toBeVisible({ timeout: 5_000 });
    await expect(calls.getByText(/· with Nightly import$/)).toBeVisible();
  }).toPass();
  await expect(page.getByText(/^Calls are kept for 90 days\./)).toBeVisible();
  await expectAccessible(page);
  await goTo(page, "tokens");

  await machines.getByRole("button", { name: "Revoke Nightly import" }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByRole("main")).toBeFocused(); // the button that was pressed is gone
  await expect(machines.getByText("None yet.")).toBeVisible();
  expect((await ask()).status()).toBe(401);
});

test.describe("what the gateway refuses on purpose", () => {
  test.use({ expected: /Failed to load resource.*422/ });

  test("an owner lets a workload in by whose token it has, and sees which", async ({
    page,
    browser,
    stack,
  }) => {
    test.setTimeout(480_000);
    await signedInAndConnected(page, stack);
    await goTo(page, "tokens");
    const machines = page.getByRole("region", { name: "Machines" });
    const dialog = page.getByRole("dialog");
    await machines.getByRole("button", { name: "New machine" }).click();
    await dialog.getByLabel("Name").fill("Deploy");
    await dialog.getByRole("radio", { name: /^With the token of where it runs/ }).check();
    await dialog.getByRole("button", { name: "Allow" }).click();
    await expect(dialog.getByText("Whose of its tokens count?")).toBeVisible();
    // A cluster that nobody can ask for its keys has to bring them.
    await dialog.getByLabel("Where it runs", { exact: true }).selectOption("kubernetes");
    await dialog.getByLabel("Subject").fill("system:serviceaccount:builds:importer");
    await dialog.getByRole("button", { name: "Allow" }).click();
    await expect(dialog.getByText("Nobody outside can ask this issuer")).toBeVisible();
    await dialog.getByLabel("The issuer's public keys").fill("no keys");
    await dialog.getByRole("button", { name: "Allow" }).click();
    await expect(dialog.getByText(/This is no JWK set/)).toBeVisible();
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSideways(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await dialog.getByLabel("Where it runs", { exact: true }).selectOption("github");
    await dialog.getByLabel("The issuer's public keys").fill("");
    await dialog.getByLabel("Subject").fill("*");
    await dialog.getByRole("button", { name: "Allow" }).click();
    await expect(dialog.getByRole("alert")).toBeVisible(); // too wide: the gateway says so
    await dialog.getByLabel("Subject").fill("repo:birch/website:ref:refs/heads/main");
    await dialog.getByRole("button", { name: "Allow" }).click();
    await expect(dialog.getByText("It may exchange its tokens now")).toBeVisible();
    await expect(dialog.getByText(`/mcp/notion/${spaceIdOf(page)}`)).toBeVisible();
    await dialog.getByRole("button", { name: "Done" }).click();
    await expect(
      machines.getByText(
        "Tokens of https://token.actions.githubusercontent.com for repo:birch/website:ref:refs/heads/main",
      ),
    ).toBeVisible();
    await expect(machines.getByText("workload, in nobody’s name")).toBeVisible();
    await expectAccessible(page);
    await expectClassesAgree(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSideways(page);
    await page.setViewportSize({ width: 1280, height: 800 });

    // Who is no owner sees none of it.
    const { page: theirs } = await memberOf(browser, stack, spaceIdOf(page));
    await goTo(theirs, "tokens");
    await expect(theirs.getByText("No tokens yet")).toBeVisible();
    await expect(theirs.getByRole("heading", { name: "Machines" })).toHaveCount(0);
    await theirs.context().close();

    await machines.getByRole("button", { name: "Revoke Deploy" }).click();
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await expect(machines.getByText("None yet.")).toBeVisible();
  });
});
