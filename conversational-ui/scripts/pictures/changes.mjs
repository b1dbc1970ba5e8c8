// The cards of ten writing tools: what a call will do, and what is there before and after it.
import { idOf, writingCalls } from "../../e2e/support/writing-calls.mjs";
import { connected, lookedUp, opened, signedIn } from "./stage.mjs";

export async function changes(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  await signedIn(page, person);
  await connected(page);
  await page.goto("/tools");
  await page.getByPlaceholder(/Filter \d+ tools/).waitFor({ timeout: 120_000 });
  const tools = page.getByRole("navigation", { name: "Tools" });
  const find = (title) => idOf(page, title);
  for (const [name, tool, given] of await writingCalls(find)) {
    const back = page.getByRole("button", { name: "All tools" });
    if (await back.isVisible()) await back.click();
    await tools.getByRole("button", { name: new RegExp(`^${tool} (Write|Destructive)`) }).click();
    await page.getByRole("button", { name: "Edit as JSON" }).click();
    await page.getByRole("textbox", { name: "Arguments as JSON" }).fill(JSON.stringify(given));
    await page.getByRole("button", { name: "Run and change the workspace" }).click();
    const sheet = page.getByRole("dialog", { name: tool });
    const isPhone = page.viewportSize().width < 640;
    const card = isPhone ? sheet : page.getByRole("article", { name: /Needs your approval$/ });
    await card.waitFor();
    await lookedUp(page);
    await picture(`change-${name}`, { of: card });
    if (isPhone) await sheet.getByRole("button", { name: "Close" }).click();
  }
  await context.close();
}
