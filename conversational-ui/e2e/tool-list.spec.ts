import { expect, expectNoSideways, goTo, signedInAndConnected, test } from "./support/test";

test("no tool's name is cut off in the list, on a phone or beside its form", async ({
  page,
  stack,
}) => {
  await signedInAndConnected(page, stack);
  await goTo(page, "tools");
  const names = page.getByRole("navigation", { name: "Tools" }).locator("li button > span");
  await expect(names.first()).toBeVisible();
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    const cutOff = await names.evaluateAll((all) =>
      all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
    );
    expect(cutOff).toEqual([]);
  }
});

test("on a phone the list of tools fits, with what each of them does", async ({ page, stack }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signedInAndConnected(page, stack);
  await goTo(page, "tools");
  const tools = page
    .getByRole("navigation")
    .getByRole("listitem")
    .filter({ hasText: "Update Notion page" });
  await expect(tools.getByText("Destructive")).toBeInViewport({ ratio: 1 });
  await expectNoSideways(page);
});
