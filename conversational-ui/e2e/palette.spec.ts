import { arrive, HANDBOOK, MODEL, say, suggestion, summary } from "./support/chat";
import {
  expect,
  expectAccessible,
  expectClassesAgree,
  expectNoSideways,
  goTo,
  test,
} from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

test("pages, conversations and spaces are found and opened by keyboard alone", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await page.getByRole("button", { name: /^Space: / }).click();
  await page.getByRole("menuitem", { name: "New space" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Second team");
  await page.getByRole("button", { name: "Create space" }).click();
  await expect(page.getByText("Not connected")).toBeVisible();
  const second = page.url();

  const dialog = page.getByRole("dialog", { name: "Find or go to" });
  const field = dialog.getByRole("combobox");
  const option = (name: string) => dialog.getByRole("option", { name });
  const find = async (words: string) => {
    await page.keyboard.press("Control+k");
    await expect(field).toBeFocused();
    await page.keyboard.type(words);
  };

  // From a page where something has the focus, which gets it back.
  const opener = page.getByRole("button", { name: /^Space: / });
  await opener.focus();
  await find("");
  await expect(option("Members")).toBeVisible();
  await expect(option("Product team")).toBeVisible();
  await expect(option("Second team")).toHaveCount(0);
  await expectAccessible(page);
  await expectClassesAgree(page);
  await page.keyboard.press("Control+k");
  await expect(dialog).toHaveCount(0);
  await expect(opener).toBeFocused();

  await find("nothing of the kind");
  await expect(dialog.getByText("Nothing found.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);

  await find("product");
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(second);
  await expect(page).toHaveURL(/\/integrations$/);
  await find("handbook the");
  await expect(option(HANDBOOK)).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(summary(page)).toBeVisible();
  await find("new conv");
  await page.keyboard.press("Enter");
  await expect(suggestion(page).first()).toBeVisible();
  await expect(page).toHaveURL(/\/chat$/);
  await find("shortcuts");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  // Another dialog's keys are its own.
  await page.keyboard.press("Control+k");
  await expect(dialog).toHaveCount(0);
  await page.keyboard.press("Escape");

  await goTo(page, "members");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: "Find or go to" }).click();
  await expect(option("Chat")).toBeVisible();
  await expectNoSideways(page);
  await expectAccessible(page);
  await option("Gateway tokens").click();
  await expect(page.getByRole("heading", { level: 1, name: "Gateway tokens" })).toBeVisible();
});
