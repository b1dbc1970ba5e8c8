import { expect, expectNoSideways, goTo, signedInAndConnected, test } from "./support/test";

test.use({ viewport: { width: 390, height: 844 } });

test("on a phone the list of tools fits, with what each of them does", async ({ page, stack }) => {
  await signedInAndConnected(page, stack);
  await goTo(page, "tools");
  const tools = page
    .getByRole("navigation")
    .getByRole("listitem")
    .filter({ hasText: "Update Notion page" });
  await expect(tools.getByText("Destructive")).toBeInViewport({ ratio: 1 });
  await expectNoSideways(page);
});
