import type { Page } from "@playwright/test";
import { arrive, HANDBOOK, MODEL, say, suggestion, summary } from "./support/chat";
import { expect, expectAccessible, goTo, test } from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const field = (page: Page) => page.getByLabel("Message", { exact: true });

test("a draft stays, a paste that is too long is said, and keys have a list", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await field(page).fill("What was I about to");
  await goTo(page, "integrations");
  await goTo(page, "chat");
  await expect(field(page)).toHaveValue("What was I about to");
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await field(page).fill("A second thought");
  await page.reload();
  await expect(field(page)).toHaveValue("A second thought");

  await field(page).fill("");
  await field(page).evaluate((element: HTMLTextAreaElement) => {
    const data = new DataTransfer();
    data.setData("text/plain", "x".repeat(20_500));
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  });
  await expect(page.getByText(/the last 500 of what you pasted are left out/)).toBeVisible();
  // What is said of it stands above the line in which one writes, with its button at the end.
  const [line, button] = [
    await field(page).boundingBox(),
    await page.getByRole("button", { name: "Send" }).boundingBox(),
  ];
  expect(button?.x).toBeGreaterThan((line?.x ?? 0) + (line?.width ?? 0) - 1);
  expect(button?.y).toBeGreaterThanOrEqual(line?.y ?? 0);
  await expectAccessible(page);
  await field(page).fill("short");
  await expect(page.getByText(/of what you pasted/)).toHaveCount(0);

  // A question mark is text where one writes, and the list elsewhere.
  await field(page).press("?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.getByRole("log").focus();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("/");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Control+Shift+O");
  await expect(suggestion(page).first()).toBeVisible();
  await expect(page).toHaveURL(/\/chat$/);
});
