import {
  expect,
  expectAccessible,
  expectNoSideways,
  signedInAndConnected,
  spaceIdOf,
  test,
} from "./support/test";

// Of questions that the next page leaves unanswered.
test.use({ expected: /Failed to fetch RSC payload/ });

/** Shorter than the ten seconds after which this site gives the gateway up. */
const SOON = { timeout: 8000 };

test("a page that is opened while the gateway hangs says that it waits, then for whom, and comes by itself", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  const space = `/s/${spaceIdOf(page)}`;
  const waiting = page.getByRole("status").getByText("Waiting for the gateway…");
  stack.holdGateway();
  try {
    for (const there of [
      "/chat",
      "/spaces",
      "/invitations",
      ...["chat", "chat/4f1c", "tools", "tools/resources", "tools/prompts", "integrations"].map(
        (one) => `${space}/${one}`,
      ),
      ...["invitations", "clients", "tokens", "activity", "members"].map(
        (one) => `${space}/${one}`,
      ),
    ]) {
      await page.goto(there, SOON);
      await expect(waiting, there).toBeVisible(SOON);
    }
    await page.goto("/join/sp-1#guessed", SOON);
    await expect(page.getByText("Looking where this link leads…")).toBeVisible(SOON);
    await page.goto(`${space}/members`, SOON);
    await expect(page.getByRole("heading", { level: 1, name: "Members" })).toBeVisible();
    await expect(page.getByText("The gateway has not answered yet")).toBeVisible(SOON);
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(waiting).toBeVisible(SOON);
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSideways(page);
    await page.goto(`${space}/members`, SOON);
    await expect(waiting).toBeVisible(SOON);
  } finally {
    stack.releaseGateway();
  }
  await expect(page.getByText("1 person")).toBeVisible();
  await expect(waiting).toHaveCount(0);
});
