import {
  createFirstSpace,
  expect,
  expectAccessible,
  expectClassesAgree,
  expectNoSideways,
  memberOf,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

test("the address first, with what to type for each client, tokens second", async ({
  page,
  context,
  browser,
  stack,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: stack.url });
  await signIn(page);
  await createFirstSpace(page, "Clients");
  const address = `${stack.gatewayUrl}/mcp/notion/${spaceIdOf(page)}`;
  const server = `notion-clients-${spaceIdOf(page).slice(-4)}`;
  await page.getByRole("link", { name: "Connect a client" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Connect a client" })).toBeVisible();
  await expect(page.getByTestId("mcp-address")).toHaveText(address);
  await page.getByRole("button", { name: "Copy address" }).click();
  await expect(page.getByText("Copied", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);

  // By keyboard: another client opens, and the one before closes.
  const claude = page.getByText("add a custom connector with this address");
  await expect(claude).toBeVisible();
  await page.getByText("Claude Code", { exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(
    page.getByText(`claude mcp add --transport http ${server} '${address}'`),
  ).toBeVisible();
  await expect(claude).toBeHidden();
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    `claude mcp login ${server}`,
  );
  await expectAccessible(page);
  await expectClassesAgree(page);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const client of ["Cursor", "VS Code", "ChatGPT", "Another client"]) {
    await page.getByText(client, { exact: true }).click();
    await expect(page.locator("details[open] summary")).toHaveText(client);
    await expectNoSideways(page);
  }
  const { page: theirs } = await memberOf(browser, stack, spaceIdOf(page));
  await theirs.getByRole("link", { name: "Connect a client" }).click();
  await expect(theirs.getByTestId("mcp-address")).toHaveText(address);
  await expect(theirs.getByText("add a custom connector with this address")).toBeVisible();
  await theirs.context().close();

  await page.getByRole("link", { name: "Gateway tokens" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Gateway tokens" })).toBeVisible();
});
