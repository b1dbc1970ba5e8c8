import type { Page, Request } from "@playwright/test";
import { arrive, HANDBOOK, MODEL, say, summary } from "./support/chat";
import { expect, expectAccessible, goTo, test } from "./support/test";

test.use({
  environment: [{ ...MODEL, MODEL_NAME: "scripted-demo, another-one" }, { scope: "worker" }],
});

const asked = (request: Request) => request.method() === "POST" && request.url().endsWith("/chat");
const model = (page: Page) => page.getByRole("button", { name: /^Model: / });

test("each conversation keeps the model that was chosen in it, and an answer says its tokens", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await expect(model(page)).toHaveText("Model: scripted-demo");
  await model(page).click();
  await page.getByRole("menuitemradio", { name: "another-one" }).click();
  await expect(model(page)).toHaveText("Model: another-one");
  const request = page.waitForRequest(asked);
  await say(page, HANDBOOK);
  expect((await request).postDataJSON().model).toBe("another-one");
  // Its service has no such model.
  await expect(page.getByRole("alert")).toBeVisible();
  await model(page).click();
  await page.getByRole("menuitemradio", { name: "scripted-demo" }).click();
  const titled = page.waitForRequest((request) => request.url().endsWith("/title"));
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(summary(page)).toBeVisible();
  expect((await titled).postDataJSON()).toEqual({ model: "scripted-demo" });
  await expect(page.getByText(/^[\d,]+ tokens/)).toBeVisible();
  await expectAccessible(page);
  const first = page.url();

  await goTo(page, "chat");
  await expect(model(page)).toHaveText("Model: scripted-demo"); // as was chosen last
  await model(page).click();
  await page.getByRole("menuitemradio", { name: "another-one" }).click();
  await say(page, "Who am I?");
  await expect(page.getByRole("alert")).toBeVisible();
  await page.goto(first);
  await expect(model(page)).toHaveText("Model: scripted-demo");
  await expect(page.getByText(/^[\d,]+ tokens/)).toBeVisible();
});
