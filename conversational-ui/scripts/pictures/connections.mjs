import { connectedDaysAgo, lookedTwice } from "../../e2e/support/past.mjs";
import { opened, signedIn, spaceIdOf, stack, top } from "./stage.mjs";

/** Whose Notion is used, what Notion's tools have become, and the end of a connection. */
export async function connections(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const card = (name) => page.getByRole("region", { name, exact: true });
  const dialog = page.getByRole("dialog");
  const consent = async (workspace) => {
    await page.waitForURL(`${stack.simulatorUrl}/**`);
    await page.getByLabel(workspace).check();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "MCP connected" }).waitFor();
    await page.goto("/integrations");
  };
  await signedIn(page, person);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await consent("Acme");
  await page.getByRole("button", { name: "Change whose Notion is used" }).click();
  await dialog.getByRole("radio", { name: /^Their own where they have one/ }).check();
  await picture("grants-choice");
  await dialog.getByRole("button", { name: "Save" }).click();
  await card("Yours").getByRole("button", { name: "Connect", exact: true }).waitFor();
  await page.mouse.move(0, 0);
  await page.getByRole("button", { name: "Dismiss" }).waitFor({ state: "hidden" });
  await picture("grants-without");
  await card("Yours").getByRole("button", { name: "Connect", exact: true }).click();
  await consent("Birch Studio");
  await card("Yours").getByText("MCP connected").waitFor();
  await card("Yours").getByText("Birch Studio").waitFor();
  await picture("grants");
  await page.goto("/chat");
  await page.getByText("Acts as you in Birch Studio").waitFor();
  await page
    .getByRole("button", { name: /^Summarise a page/ })
    .nth(1)
    .waitFor();
  await page.getByText("First steps in Product team").waitFor();
  await picture("chat-as");

  const space = spaceIdOf(page);
  await lookedTwice(stack, space);
  await connectedDaysAgo(stack, space, 160);
  await page.goto("/integrations");
  await page.getByText("This connection ends in 19 days").waitFor();
  await top(card("Team's connection"));
  await picture("expiry");
  const tools = card("Notion's tools");
  await tools.getByText("2 changes not seen yet").waitFor();
  await top(tools);
  await picture("catalogue");
  await tools.getByRole("button", { name: "Changes of Notion's tools" }).click();
  await dialog.getByText("Its description, which models read, is another.").waitFor();
  await picture("catalogue-changes");
  await page.keyboard.press("Escape");

  await page.goto("/tokens");
  await page.getByRole("button", { name: "New token" }).click();
  await dialog.getByLabel("Name").fill("Nightly report");
  await dialog.getByLabel("Service token").check();
  await picture("service-token");
  await context.close();
}
