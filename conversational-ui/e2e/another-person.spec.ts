import type { Page } from "@playwright/test";
import { arrive, HANDBOOK, MODEL, say, summary } from "./support/chat";
import {
  expect,
  expectAccessible,
  goTo,
  idOf,
  invite,
  signIn,
  somebody,
  spaceIdOf,
  test,
} from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }], expected: /status of 40[0-9]/ });

const questions = (page: Page) => page.getByRole("log").getByText(/^You: /);
const asked = (page: Page, name: string) => page.getByText(`You are signed in as ${name} now`);

test("where somebody else signs in in another tab, this one does not go on as them", async ({
  page,
  browser,
  stack,
}) => {
  const ada = await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(page.getByRole("button", { name: "Send" })).toBeVisible();
  const here = page.url();
  const spaceId = spaceIdOf(page);

  // The other one is a member of the same space: nothing but who is signed in keeps them apart.
  const bob = somebody();
  const bobs = await browser.newPage({ baseURL: stack.url });
  await signIn(bobs, bob);
  await goTo(page, "members");
  await invite(page, idOf(bob));
  await expect(page.getByRole("heading", { name: "1 invited" })).toBeVisible();
  await bobs.goto("/invitations");
  await bobs.getByRole("button", { name: /^Accept / }).click();
  await expect(bobs.getByRole("button", { name: /^Accept / })).toHaveCount(0);
  await bobs.context().close();
  await page.goto(here);
  await expect(summary(page)).toBeVisible();

  const other = await page.context().newPage();
  await page.context().clearCookies();
  await other.goto("/sign-in");
  await expect(page.getByText("You are signed out")).toBeVisible();
  await other.getByLabel("Your name").fill(bob);
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.waitForURL(/\/s\/[^/]+\/chat|\/spaces/);
  await expect(asked(page, bob)).toBeVisible();
  await expectAccessible(page);

  // Nothing of the conversation goes anywhere in the other's name, and nothing of it is lost.
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  await say(page, "Who am I?");
  await expect(page.getByRole("log").getByText(`You are signed in as ${bob} now`)).toBeVisible();
  await expect(page.getByRole("button", { name: "Reload" })).toHaveCount(2);
  const theirs = await other.evaluate(async (id) => {
    const answer = await fetch(`/api/spaces/${id}/conversations`);
    return [answer.status, await answer.text()];
  }, encodeURIComponent(spaceId));
  expect(theirs[0]).toBe(200);
  expect(theirs[1]).not.toContain(HANDBOOK);

  await page.context().clearCookies();
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill(ada);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/s\/[^/]+\/chat|\/spaces/);
  await page.goto(here);
  await expect(summary(page)).toBeVisible();
  await expect(questions(page)).toHaveCount(2);
});
