import { connected, opened, signedIn, top } from "./stage.mjs";

/** Tools run by hand, and what else Notion offers to programs. */
export async function byHand(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  await signedIn(page, person);
  await connected(page);
  await page.goto("/tools");
  await page.getByPlaceholder(/Filter \d+ tools/).waitFor({ timeout: 120_000 });
  const tools = page.getByRole("navigation", { name: "Tools" });
  const choose = async (name) => {
    const back = page.getByRole("button", { name: "All tools" });
    if (await back.isVisible()) await back.click();
    await tools.getByRole("button", { name }).click();
  };
  await choose(/^Search Notion Read$/);
  await page.getByRole("textbox", { name: "query required" }).fill("Team Handbook");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const result = page.getByRole("region", { name: "Result" });
  await result.getByText(/^Raw messages/).click();
  await top(result);
  await picture("tools-result");
  await choose(/^Create Notion pages /);
  const content = page.getByRole("textbox", { name: "content" });
  await content.waitFor();
  await content.scrollIntoViewIfNeeded();
  await picture("tools");
  await content.fill("# Plants\nWho waters which one.");
  await page.getByRole("textbox", { name: "properties" }).fill('{"title": "Office plants"}');
  await page.getByRole("button", { name: "Run and change the workspace" }).click();
  const card = page.getByRole("region", { name: /Needs your approval$/ });
  await card.waitFor();
  await top(card);
  await picture("tools-approval");
  await page.goto("/tools/resources");
  await page
    .getByRole("navigation", { name: "Resources" })
    .getByRole("button", { name: /markdown/i })
    .click();
  await page.getByRole("region", { name: "Content" }).waitFor();
  await picture("resources");
  await context.close();
}
