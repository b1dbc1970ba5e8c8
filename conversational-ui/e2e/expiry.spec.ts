import { connectedDaysAgo } from "./support/past.mjs";
import {
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  memberOf,
  signedInAndConnected,
  spaceIdOf,
  test,
} from "./support/test";

for (const [name, viewport] of [
  ["a desk", { width: 1280, height: 800 }],
  ["a phone", { width: 390, height: 844 }],
] as const) {
  test.describe(`on ${name}`, () => {
    // The gateway stops meanwhile, and the page goes on asking it for the status.
    test.use({ viewport, expected: /Failed to load resource: .* status of 502/ });

    test("a connection says how long it lasts, and warns before its end until it is renewed", async ({
      page,
      browser,
      stack,
    }) => {
      test.setTimeout(600_000);
      await signedInAndConnected(page, stack);
      const space = spaceIdOf(page);
      const card = page.getByRole("region", { name: "Notion", exact: true });
      await expect(card.getByText("Consent ends")).toBeVisible();
      await expect(card.getByText("in 179 days")).toBeVisible();
      await expect(card.getByText("in 29 days")).toBeVisible();
      await expect(card.getByRole("button", { name: "Reconnect now" })).toHaveCount(0);

      await connectedDaysAgo(stack, space, 160);
      await page.reload();
      await expect(card.getByText("This connection ends in 19 days")).toBeVisible();
      await expectNoSideways(page);
      await expectAccessible(page);

      await connectedDaysAgo(stack, space, 179.5);
      await page.reload();
      await expect(card.getByText("This connection ends in less than a day")).toBeVisible();
      await expectNoSideways(page);
      await expectAccessible(page);

      const { page: theirs } = await memberOf(browser, stack, space, { viewport });
      await goTo(theirs, "integrations");
      await expect(theirs.getByText(/Ask an owner of this space to reconnect/)).toBeVisible();
      await expect(theirs.getByRole("button", { name: "Reconnect now" })).toHaveCount(0);
      await theirs.context().close();

      await card.getByRole("button", { name: "Reconnect now" }).click();
      await page.waitForURL(`${stack.simulatorUrl}/**`);
      await page.getByRole("button", { name: "Allow" }).click();
      await page.waitForURL(`${stack.url}/integrations/notion/callback*`);
      // Only then has it ended: the page asks for that in a request of its own.
      await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
      await goTo(page, "integrations");
      await expect(card.getByText("in 179 days")).toBeVisible();
      await expect(card.getByText(/^This connection ends/)).toHaveCount(0);
    });
  });
}
