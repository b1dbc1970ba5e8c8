import { expect, type Page, test } from "@playwright/test";
import { startFederated } from "./support/issuer";
import type { Stack } from "./support/stack.mjs";

let there: Awaited<ReturnType<typeof startFederated>>;
let stack: Stack;

test.beforeAll(async () => {
  there = await startFederated();
  stack = there.stack;
});
test.afterAll(() => there?.stop());

const signInAs = (page: Page, login: string) => there.signIn(page, login);

test("a person of the issuer is known to the gateway by the chosen claim", async ({ page }) => {
  await signInAs(page, "ada");
  await page.waitForURL(`${stack.url}/spaces?page=members`);
  await expect(page.getByRole("heading", { name: "Create your first space" })).toBeVisible();
  await expect(page.getByText("e-ada", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Account: Person ada" })).toBeVisible();
  const cookies = await page.context().cookies(stack.url);
  for (const { value } of cookies) expect(value).not.toContain("e-ada");
});

test("a claim that is no user id lets nobody in, and says so", async ({ page }) => {
  await signInAs(page, "odd");
  await expect(page.getByText(/did not say who you are/)).toBeVisible();
  await page.goto(`${stack.url}/members`);
  await expect(page.getByRole("button", { name: "Continue with Acme" })).toBeVisible();
});

test("there is no demo sign-in beside the issuer", async ({ page }) => {
  await page.goto(`${stack.url}/sign-in`);
  await expect(page.getByLabel("Your name")).toHaveCount(0);
  const csrf = await page.context().request.get(`${stack.url}/api/auth/csrf`);
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  await page.context().request.post(`${stack.url}/api/auth/callback/demo`, {
    form: { csrfToken, name: "mona" },
  });
  await page.goto(`${stack.url}/members`);
  await page.waitForURL("**/sign-in?**");
});

test("whose group is gone is no member after the next sign-in, but whom an owner keeps", async ({
  browser,
  page,
}) => {
  stack.operate("spaces", "create", "Roadmap", "--id", "roadmap", "--user", "e-heidi");
  const comes = async (login: string, groups: string[], reads: string) => {
    there.issuer.groups.set(login, groups);
    const context = await browser.newContext();
    const theirs = await context.newPage();
    await signInAs(theirs, login);
    await theirs.waitForURL(`${stack.url}/**`);
    await theirs.goto(`${stack.url}/spaces`);
    await expect(theirs.getByText(reads).first()).toBeVisible();
    await context.close();
  };
  await comes("grace", ["notion", "sales"], "Roadmap");
  await comes("ivan", ["notion"], "Roadmap");

  await signInAs(page, "heidi");
  await page.waitForURL(`${stack.url}/**`);
  await page.goto(`${stack.url}/s/roadmap/members`);
  await expect(
    page.getByText(/by the word of localhost:\d+, for as long as it says so/),
  ).toHaveCount(2);
  await page.getByRole("button", { name: "Keep e-ivan" }).click();
  await expect(page.getByText(/at first, and kept since/)).toBeVisible();
  await expect(page.getByRole("button", { name: "Keep e-ivan" })).toHaveCount(0);

  await comes("grace", ["sales"], "Create your first space");
  await comes("ivan", ["sales"], "Roadmap");
});

test("a revoked issuer's people are signed out, and come back once it is trusted again", async ({
  page,
}) => {
  await signInAs(page, "ada");
  await page.waitForURL(`${stack.url}/**`);
  stack.operate("issuers", "revoke", "sign-in");
  await expect(async () => {
    await page.goto(`${stack.url}/spaces`);
    await page.waitForURL("**/sign-in?error=Revoked&next=%2Fspaces", { timeout: 1_000 });
  }).toPass();
  await expect(page.getByText(/not trusted here any more/)).toBeVisible();
  await page.getByRole("button", { name: "Continue with Acme" }).click();
  await expect(page.getByText(/not trusted here any more/)).toBeVisible();

  stack.operate("issuers", "restore", "sign-in");
  await expect(async () => {
    await page.goto(`${stack.url}/spaces`);
    await expect(page.getByRole("heading", { name: "Create your first space" })).toBeVisible({
      timeout: 1_000,
    });
  }).toPass();
});
