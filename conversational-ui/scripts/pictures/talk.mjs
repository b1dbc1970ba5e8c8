// What the chat takes besides words: pages, files, a palette; and a conversation that is
// shared.
import { connected, opened, signedIn } from "./stage.mjs";

const QUESTION = "Find the Team Handbook and summarise it";

export async function talk(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const field = page.getByLabel("Message", { exact: true });
  await signedIn(page, person);
  await connected(page);

  await page.goto("/chat");
  await page.getByRole("list", { name: "Suggestions" }).getByText("@").first().waitFor();
  await page.getByRole("region", { name: /^First steps in / }).waitFor();
  await picture("first-steps");
  await field.pressSequentially("Summarise @re");
  await page.getByRole("listbox", { name: "Pages" }).getByRole("option").first().waitFor();
  await picture("chat-mention");
  await field.press("Enter");

  const choose = page.locator('input[type="file"]');
  const file = { mimeType: "text/markdown", buffer: Buffer.from("# Plants\n") };
  await choose.setInputFiles({ ...file, name: "Office plants.md" });
  await page.getByRole("button", { name: "Upload to Notion" }).waitFor();
  await picture("chat-attachment");
  await page.getByRole("button", { name: "Upload to Notion" }).click();
  await page.getByRole("list", { name: "Mentioned" }).getByText("Office plants.md").waitFor();

  await page.goto("/chat");
  await field.fill(QUESTION);
  await field.press("Enter");
  await page.getByRole("button", { name: "Copy answer" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Find or go to" }).getByRole("option").first().waitFor();
  await page.keyboard.type("han");
  await page.getByRole("option", { name: QUESTION }).waitFor();
  await picture("palette");
  await page.keyboard.press("Escape");

  const menu = page.getByRole("button", { name: "Open menu" });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("button", { name: `Options for ${QUESTION}` }).click();
  await page.getByRole("menuitem", { name: "Share with the space" }).click();
  const dialog = page.getByRole("dialog", { name: "Share with the space" });
  await dialog.getByRole("button", { name: "Create link" }).click();
  await dialog.getByText("It is shared now.").waitFor();
  await picture("chat-share");
  await page.goto(await dialog.getByLabel("Link").inputValue());
  await page.getByRole("heading", { level: 1, name: QUESTION }).waitFor();
  await picture("chat-shared");
  await context.close();
}
