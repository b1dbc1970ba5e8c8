import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { adding, arrive, MODEL, readPage, say, todo, tool } from "./support/chat";
import { expect, expectAccessible, goTo, note, signIn, test } from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const conversations = (page: Page) => page.getByRole("region", { name: "Conversations" });
const waiting = (page: Page) => conversations(page).getByText("waiting for your approval: ");

test("an approval that was left is found on another device, edited there, and made", async ({
  page,
  browser,
  stack,
}) => {
  const name = await arrive(page, stack);
  const [theirs, mine] = [todo(), todo()];
  await say(page, adding(theirs));
  await expect(tool(page, "waiting")).toBeVisible();
  await goTo(page, "integrations");

  const other = await (await browser.newContext({ baseURL: stack.url })).newPage();
  await signIn(other, name);
  await goTo(other, "chat");
  await expect(waiting(other)).toHaveCount(1);
  await expectAccessible(other);
  await conversations(other)
    .getByRole("link", { name: /^Add a to-do/ })
    .click();
  await other.getByRole("button", { name: "Edit the text" }).click();
  const field = other.getByLabel("What is added");
  await expect(field).toHaveValue(`- [ ] ${theirs}`);
  await field.fill(`- [ ] ${mine}`);
  await expectAccessible(other);
  await other.getByRole("button", { name: "Use this text" }).click();
  const card = tool(other, "waiting");
  await expect(card.getByRole("insertion")).toHaveText(`- [ ] ${mine}`);
  await expect(card.getByText("The text is yours.")).toBeVisible();
  await other.getByRole("button", { name: "Approve, and do not ask again" }).click();
  await expect(note(other, /^“.+” is not asked about any more$/)).toBeVisible();
  await other.getByRole("button", { name: "Undo" }).click();
  await expect(note(other, /^“.+” is asked about again$/)).toBeVisible();
  await expect(tool(other, "done").last()).toBeVisible();
  await expect(other.getByRole("button", { name: "Send" })).toBeVisible();
  // What the answer says was done is what was done.
  const done = other.getByRole("log").getByRole("blockquote");
  await expect(done).toContainText(mine);
  await expect(done).not.toContainText(theirs);
  await other.getByRole("button", { name: "Tool permissions" }).click();
  await expect(other.getByLabel("Update Notion page: permission")).toHaveValue("ask");
  await other.keyboard.press("Escape");
  await expect(waiting(other)).toHaveCount(0);
  const text = await readPage(other, "Onboarding Checklist");
  expect(text).toContain(mine);
  expect(text).not.toContain(theirs);

  // Pinned, and taken along as a file.
  await other.getByRole("button", { name: /^Options for / }).click();
  await other.getByRole("menuitem", { name: "Pin" }).click();
  await expect(conversations(other).getByRole("heading", { name: "Pinned" })).toBeVisible();
  for (const [item, expected] of [
    ["Export as Markdown", `## You\n\n${adding(theirs)}`],
    ["Export as JSON", `"content": "- [ ] ${mine}"`],
  ] as const) {
    await other.getByRole("button", { name: /^Options for / }).click();
    const [download] = await Promise.all([
      other.waitForEvent("download"),
      other.getByRole("menuitem", { name: item }).click(),
    ]);
    expect(await readFile(await download.path(), "utf8")).toContain(expected);
  }
  await other.context().close();
  await goTo(page, "chat");
  await expect(conversations(page).getByRole("heading", { name: "Pinned" })).toBeVisible();
  await expect(waiting(page)).toHaveCount(0);
});
