import {
  createFirstSpace,
  expect,
  expectAccessible,
  goTo,
  invite,
  signIn,
  somebody,
  test,
} from "./support/test";

test.use({ environment: [{ DEMO_SIGN_IN_NAME: "Ada.L" }, { scope: "worker" }] });

test("the name that is suggested is the one that has the space", async ({ page, stack }) => {
  stack.operate("spaces", "create", "Home", "--user", "Ada.L", "--id", "home");
  await page.goto("/");
  await expect(page.getByLabel("Your name")).toHaveValue("Ada.L");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: "Space: Home" })).toBeVisible();
});

test("a page asks to sign in first, and comes back to where it was", async ({ page, context }) => {
  await page.goto("/members");
  await page.waitForURL("**/sign-in?next=%2Fmembers");
  await page.getByLabel("Your name").fill("Mona");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/spaces?page=members"); // where whoever has no space begins
  const session = (await context.cookies()).find(({ name }) => name === "session");
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  // Encrypted: five parts, the middle of which nobody reads.
  expect(session?.value.split(".")).toHaveLength(5);
});

test("a name without a letter or digit is refused in words", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill("!!!");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Enter a name with at least one letter or digit.")).toBeVisible();
});

test("the way back never leaves the site", async ({ page, stack }) => {
  for (const next of [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/%2f/evil.example",
    "/%3F/..//evil.example",
  ]) {
    await page.context().clearCookies();
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByLabel("Your name").fill(somebody());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${stack.url}/spaces?page=chat`);
  }
});

test("signing out ends it, also for other tabs, which offer to sign in", async ({
  page,
  context,
  stack,
}) => {
  const name = await signIn(page);
  const other = await context.newPage();
  await createFirstSpace(other);
  await goTo(other, "members");
  const members = other.url();
  await page.getByRole("button", { name: `Account: ${name}` }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  await page.goto(`${stack.url}/members`);
  await page.waitForURL("**/sign-in?next=%2Fmembers");

  // Said without a click, and by what is asked all the same.
  await expect(other.getByText("You are signed out")).toBeVisible();
  await expectAccessible(other);
  await invite(other, "somebody");
  await expect(other.getByText("You are signed out")).toHaveCount(2);
  await other.getByRole("link", { name: "Sign in" }).first().click();
  await other.getByLabel("Your name").fill(name);
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.waitForURL(members);
});
