import { DESCRIPTION, lookedTwice } from "./support/past.mjs";
import {
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  memberOf,
  note,
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

    test("changes of Notion's tools are shown in words, and an owner marks them as seen", async ({
      page,
      browser,
      stack,
    }) => {
      test.setTimeout(600_000);
      await signedInAndConnected(page, stack);
      const space = spaceIdOf(page);
      const card = page.getByRole("region", { name: "Notion's tools" });
      await expect(card).toBeVisible();
      await lookedTwice(stack, space);
      await page.reload();
      await expect(card.getByText("2 tools, version 2 of the list.")).toBeVisible();
      await expect(card.getByText("2 changes not seen yet")).toBeVisible();
      await expect(card.getByText("1 to look at")).toBeVisible();
      await expect(card.getByText(/Notion took too long to answer/)).toBeVisible();
      await expectNoSideways(page);
      await expectAccessible(page);

      const { page: theirs } = await memberOf(browser, stack, space, { viewport });
      await goTo(theirs, "integrations");
      await theirs.getByRole("button", { name: "Changes of Notion's tools" }).click();
      await expect(theirs.getByText(DESCRIPTION.words)).toBeVisible();
      await expect(theirs.getByRole("button", { name: "Mark as seen" })).toHaveCount(0);
      const refused = await theirs.request.put(`/api/spaces/${space}/catalogue/seen`, {
        data: { version: 2 },
        headers: { origin: stack.url },
      });
      expect(refused.status()).toBe(403);
      await theirs.context().close();

      await card.getByRole("button", { name: "Changes of Notion's tools" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByText(DESCRIPTION.words)).toBeVisible();
      await expect(dialog.getByText(DESCRIPTION.before, { exact: true })).toBeVisible();
      await expect(dialog.getByText(DESCRIPTION.after)).toBeVisible();
      await expect(dialog.getByText("look at it")).toHaveCount(1);
      await expectNoSideways(page);
      await expectAccessible(page);
      await dialog.getByRole("button", { name: "Look again" }).click();
      await expect(note(page, "The gateway looks soon")).toBeVisible();
      await dialog.getByRole("button", { name: "Mark as seen" }).click();
      await expect(dialog).toBeHidden();
      await expect(card.getByText("2 changes not seen yet")).toBeHidden();
      await expect(card.getByText(/^Version 2 was seen by /)).toBeVisible();

      await card.getByRole("button", { name: "Changes of Notion's tools" }).click();
      await expect(dialog.getByText(DESCRIPTION.words)).toBeVisible();
      await expect(dialog.getByLabel("Show what was seen, too")).toBeChecked();
      await dialog.getByLabel("Show what was seen, too").uncheck();
      await expect(dialog.getByText("All of it was seen.")).toBeVisible();
    });
  });
}
