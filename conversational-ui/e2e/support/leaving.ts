import type { Locator, Page } from "@playwright/test";
import { expect, expectAccessible } from "./test";

/**
 * The link says its host, and leads there only whoever says so: into a tab that does not learn
 * where they came from.
 */
export async function expectAskedBeforeLeaving(
  page: Page,
  link: Locator,
  address: string,
): Promise<void> {
  const { host } = new URL(address);
  const opened: Page[] = [];
  page.context().on("page", (other) => opened.push(other));
  await page.context().route(`https://${host}/**`, (route) => route.fulfill({ body: "Elsewhere" }));
  await expect(link).toContainText(`(${host})`);
  const dialog = page.getByRole("dialog", { name: `This leads to ${host}, not to Notion` });
  await link.click();
  await expect(dialog.getByText(address)).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Enter"); // first comes "Stay"
  await expect(dialog).toHaveCount(0);
  await link.click({ button: "middle" });
  await dialog.getByRole("link", { name: "Open" }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => opened.map((other) => other.url())).toEqual([address]);
  const [elsewhere] = opened;
  expect(await elsewhere?.evaluate(() => [window.opener, document.referrer])).toEqual([null, ""]);
  await elsewhere?.close();
}
