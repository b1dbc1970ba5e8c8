import { control } from "./support/chat";
import {
  expect,
  expectAccessible,
  expectNoSideways,
  signedInAndConnected,
  spaceIdOf,
  test,
} from "./support/test";

const GRANTED = 4;
const ASKED = GRANTED + 3;

for (const [name, viewport] of [
  ["a desk", { width: 1280, height: 800 }],
  ["a phone", { width: 390, height: 844 }],
] as const) {
  test.describe(`on ${name}`, () => {
    test.use({ viewport });

    test("once Notion refuses calls for their number, the page says what waits and was refused", async ({
      page,
      stack,
    }) => {
      test.setTimeout(600_000);
      await signedInAndConnected(page, stack);
      const spaceId = spaceIdOf(page);
      const budget = page.getByRole("region", { name: "Budget" });
      await expect(budget).toHaveCount(0);

      await control(stack, "settings", { rate_limit_per_minute: GRANTED }, "PATCH");
      const calls = Array.from({ length: ASKED }, () =>
        page.request.post(`/api/spaces/${spaceId}/tools/call`, {
          data: {
            policy: { rules: {}, readOnly: true },
            name: "notion-search",
            arguments: { query: "Handbook" },
            approved: false,
          },
          headers: { origin: stack.url },
          timeout: 120_000,
        }),
      );
      await Promise.all(calls);
      await page.reload();
      await expect(budget.getByText(/calls of this connection for their number/)).toBeVisible();
      await expect(budget.getByText("Refused by Notion")).toBeVisible();
      await expectNoSideways(page);
      await expectAccessible(page);

      await control(stack, "settings", { rate_limit_per_minute: null }, "PATCH");
      await budget.getByRole("button", { name: "Look again" }).click();
      await expect(budget.getByRole("button", { name: "Look again" })).toBeEnabled();
      await expect(budget.getByText(/^(Calls take turns|Nothing waits now)$/)).toBeVisible();
    });
  });
}
