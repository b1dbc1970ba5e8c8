import type { Page } from "@playwright/test";
import { HANDBOOK, MODEL, say, summary } from "./support/chat";
import {
  connect,
  createFirstSpace,
  expect,
  expectAccessible,
  expectFitsPhone,
  goTo,
  idOf,
  invite,
  openSpace,
  signIn,
  somebody,
  spaceIdOf,
  test,
} from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const stepsOf = (page: Page) => page.getByRole("region", { name: /^First steps in / });
const step = (page: Page, name: string | RegExp) =>
  stepsOf(page).getByRole("listitem").filter({ hasText: name });

test("somebody alone is led from an empty space to a first answer, and puts the rest away", async ({
  page,
  stack,
}) => {
  await signIn(page);
  await expect(page.getByText(/^What comes next: you connect the space with Notion/)).toBeVisible();
  await createFirstSpace(page, "Mine");
  await goTo(page, "chat");
  await expect(stepsOf(page).getByRole("listitem")).toHaveText([
    /^Connect Notion/,
    /^Ask a first question/,
    /^Use it from your own programs/,
    /^Invite colleagues.*If the space is for you alone, leave it\.$/,
  ]);
  await expect(step(page, "Connect Notion")).toHaveAttribute("aria-current", "step");
  await expectAccessible(page);
  await expectFitsPhone(page);

  await step(page, "Connect Notion").getByRole("link").click();
  await connect(page, stack);
  await page.getByRole("link", { name: "Go to the chat" }).click();
  await expect(step(page, "Connect Notion")).toHaveText("Connect Notion, done");
  await expect(step(page, "Ask a first question")).toHaveAttribute("aria-current", "step");
  const made = await page.request.post(`/api/spaces/${spaceIdOf(page)}/tokens`, {
    headers: { origin: stack.url },
    data: { name: "Editor" },
  });
  expect(made.status()).toBe(201);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  await goTo(page, "chat");
  await expect(step(page, /, done$/)).toHaveCount(3);

  await page.getByRole("button", { name: "Hide the first steps" }).click();
  await expect(stepsOf(page)).toHaveCount(0);
  await expect(page.getByLabel("Message", { exact: true })).toBeFocused();
  await page.reload();
  await expect(page.getByRole("list", { name: "Suggestions" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(stepsOf(page)).toHaveCount(0);
});

test("a team's owner is led to the members, and who joins is told what they can do", async ({
  page,
  browser,
  stack,
}) => {
  await signIn(page);
  await createFirstSpace(page, "Team");
  await goTo(page, "chat");
  await step(page, "Invite colleagues").getByRole("link").click();
  const friend = somebody();
  await invite(page, idOf(friend));
  await expect(page.getByRole("heading", { name: "1 invited" })).toBeVisible();
  await goTo(page, "chat");
  await expect(step(page, "Invite colleagues")).toHaveText("Invite colleagues, done");

  const theirs = await browser.newPage({ baseURL: stack.url });
  await signIn(theirs, friend);
  await theirs.getByRole("button", { name: "Accept Team" }).click();
  await openSpace(theirs);
  await expect(step(theirs, "Connect Notion")).toContainText("An owner does that for the space");
  await expect(step(theirs, "Invite colleagues")).toHaveCount(0);
  await theirs.context().close();
});
