import {
  connect,
  createFirstSpace,
  expect,
  expectAccessible,
  expectClassesAgree,
  expectNoSideways,
  goTo,
  signedInAndConnected,
  signIn,
  test,
} from "./support/test";

for (const [name, viewport] of [
  ["a desk", { width: 1280, height: 800 }],
  ["a phone", { width: 390, height: 844 }],
] as const) {
  test.describe(`on ${name}`, () => {
    test.use({ viewport });

    test("axe finds nothing on any page or state, and nothing sticks out", async ({
      page,
      stack,
    }) => {
      test.setTimeout(600_000);
      const look = async () => {
        await expectNoSideways(page);
        await expectClassesAgree(page);
        await expectAccessible(page);
      };
      await page.goto("/sign-in?error=Name");
      await look();
      await signIn(page);
      await look(); // no space yet
      await createFirstSpace(page, "A team with a name that is rather long for a sidebar");
      await look();
      await connect(page, stack, "Deny");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await look();
      await goTo(page, "integrations");
      await connect(page, stack);
      await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
      await look();
      await goTo(page, "integrations");
      await expect(page.getByText("MCP connected")).toBeVisible();
      await look();
      await page.getByRole("button", { name: "Details" }).click();
      await page.getByText(/^\d+ tools$/).click();
      await look();
      await page.getByRole("button", { name: "Disconnect…" }).click();
      await look();
      await goTo(page, "members");
      await look();
      await goTo(page, "activity");
      await look();
      await goTo(page, "tokens");
      await look();
      await page.getByRole("button", { name: "New token" }).click();
      await page.getByLabel("Only some tools").check();
      await expect(page.getByRole("checkbox", { name: /^notion-search reads/ })).toBeVisible();
      await look();
      await page.getByLabel("Only some tools").uncheck();
      await page.getByRole("dialog").getByLabel("Name").fill("Cursor");
      await page.getByRole("button", { name: "Create token" }).click();
      await expect(page.getByRole("heading", { name: "Copy your token now" })).toBeVisible();
      await look();
      await page.getByRole("button", { name: "Done" }).click();
      await expect(page.getByText("1 token", { exact: true })).toBeVisible();
      await look();
      if (viewport.width < 768) {
        await page.getByRole("button", { name: "Open menu" }).click();
        await expect(page.getByRole("dialog", { name: "Menu" })).toBeVisible();
        await look();
        await page.getByRole("dialog").getByRole("link", { name: "Members" }).click();
        await expect(page.getByRole("dialog", { name: "Menu" })).toBeHidden();
      }
      await page.goto("/nowhere");
      await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
      await look();
    });
    test.use({ expected: /404/ });
  });
}

test("everything is reached by keyboard, and focus comes back to where it was", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  await page.reload();
  await expect(page.getByText("MCP connected")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const details = page.getByRole("button", { name: "Details" });
  await expect(details).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(details).toBeFocused();
});

test("dark or light is chosen in the menu, and stays chosen", async ({ page }) => {
  const name = await signIn(page);
  await page.getByRole("button", { name: `Account: ${name}` }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await expect.poll(background).toBe("rgb(17, 17, 16)");
  await page.reload();
  expect(await background()).toBe("rgb(17, 17, 16)");
});
