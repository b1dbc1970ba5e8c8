import type { Page } from "@playwright/test";
import { arrive, HANDBOOK, say, summary } from "./support/chat";
import { startNamingModel } from "./support/naming-model.mjs";
import { test as base, expect, expectAccessible, goTo, signIn } from "./support/test";

const test = base.extend<object, { model: Awaited<ReturnType<typeof startNamingModel>> }>({
  model: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is asked for from it
    async ({}, use) => {
      const model = await startNamingModel();
      await use(model);
      model.stop();
    },
    { scope: "worker" },
  ],
  environment: [
    async ({ model }, use) => {
      await use({ MODEL_BASE_URL: model.url, MODEL_NAME: "one-that-names" });
    },
    { scope: "worker" },
  ],
});

const conversations = (page: Page) => page.getByRole("region", { name: "Conversations" });
const heading = (page: Page) => page.getByRole("heading", { level: 1 });

test("a conversation is called by what it is about, until its person names it", async ({
  page,
  browser,
  stack,
  model,
}) => {
  model.passTo(stack.simulatorUrl);
  const name = await arrive(page, stack);
  model.names("“How the team works.”\n");
  await say(page, HANDBOOK);
  await expect(summary(page)).toBeVisible();
  await expect(heading(page)).toHaveText("How the team works");
  await expect(conversations(page).getByRole("link")).toHaveText(["", "How the team works"]);
  await expectAccessible(page);

  const other = await (await browser.newContext({ baseURL: stack.url })).newPage();
  await signIn(other, name);
  await goTo(other, "chat");
  await conversations(other).getByRole("link", { name: "How the team works" }).click();
  await expect(summary(other)).toBeVisible();
  await other.context().close();

  model.names("Something else");
  await page.getByRole("button", { name: "Options for How the team works" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("About us");
  await page.getByLabel("Title").press("Enter");
  await expect(heading(page)).toHaveText("About us");
  await say(page, "Who am I?");
  await expect(page.getByRole("button", { name: "Copy answer" })).toHaveCount(2);
  await page.reload();
  await expect(summary(page)).toBeVisible();
  await expect(heading(page)).toHaveText("About us");

  // Where the model goes on and on, the first words stay.
  model.names("This conversation is about ".repeat(20));
  await goTo(page, "chat");
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/title"));
  await say(page, "Which workspace is this?");
  expect(await (await asked).json()).toBeNull();
  await expect(heading(page)).toHaveText("Which workspace is this?");
});
