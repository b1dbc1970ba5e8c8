import { connected, opened, signedIn, spaceIdOf, stack } from "./stage.mjs";

/** How a team's space is connected to clients, handed over and deleted. */
export async function spaces(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const dialog = page.getByRole("dialog");
  await signedIn(page, person);
  await connected(page);
  await page.goto("/integrations");
  const space = spaceIdOf(page);
  stack.operate("spaces", "add-member", space, `grace-of-${look}`);
  await page.goto(`/s/${space}/clients`);
  await page.getByTestId("mcp-address").waitFor();
  await picture("connect-client", { fullPage: true });

  await page.goto(`/s/${space}/tokens`);
  await page.getByRole("button", { name: "New machine" }).click();
  await dialog.getByLabel("Name").fill("Deploy of the website");
  await dialog.getByRole("radio", { name: /^With the token of where it runs/ }).check();
  await dialog.getByLabel("Subject").fill("repo:birch/website:ref:refs/heads/main");
  await picture("new-machine");
  await dialog.getByRole("button", { name: "Allow" }).click();
  await dialog.getByText("It may exchange its tokens now").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("workload, in nobody’s name").waitFor();
  await picture("machines");

  await page.goto(`/s/${space}/members`);
  await page.getByRole("button", { name: "Leave this space" }).click();
  await dialog.getByText("You are its only owner").waitFor();
  await picture("hand-over");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete space…" }).click();
  await dialog.getByText("You and 1 colleague lose it at once").waitFor();
  await dialog.getByLabel("Type the space's name to confirm").fill("Product team");
  await picture("delete-space");
  await dialog.getByRole("button", { name: "Delete space", exact: true }).click();
  await page.getByText("Product team is deleted").waitFor();
  await page.goto(`/s/${space}/chat`);
  await page.getByRole("heading", { name: "This space was deleted" }).waitFor();
  await picture("space-deleted");
  await context.close();
}
