import { fault, lookedUp, opened, stack } from "./stage.mjs";

export async function walk(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const { only } = options;
  const say = async (text) => {
    await page.getByLabel("Message").fill(text);
    await page.getByLabel("Message").press("Enter");
  };

  await page.goto("/sign-in");
  await picture("sign-in");
  await page.getByLabel("Your name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("Product team");
  await page.getByRole("button", { name: "Create space" }).click();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await picture("consent");
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "MCP connected" }).waitFor();
  await page.goto("/integrations");
  await page.getByText("MCP connected").waitFor();
  await page.getByRole("button", { name: "Details" }).click();
  await picture("integration");

  await page.goto("/chat");
  await say("Find the Team Handbook and summarise it");
  await page.getByRole("button", { name: "Copy" }).first().waitFor();
  await picture("chat");
  await say(`Add a to-do "Water the plants (${look})" to the Onboarding Checklist`);
  await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
  await lookedUp(page);
  await picture("approval");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.locator('article[data-state="done"]').last().waitFor();
  await page.getByRole("button", { name: "Copy" }).last().waitFor();
  await picture("changed");

  if (only) return context.close();
  await fault({ target: "mcp", kind: "slow", delay_seconds: 30, tool: "notion-search", times: 1 });
  await say("Find pages about meetings");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.waitForTimeout(1500);
  await picture("running");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator('article[data-state="cancelled"]').waitFor();
  await picture("stopped");

  await page.goto("/integrations");
  await page.getByRole("button", { name: "Details" }).click();
  await page.getByRole("button", { name: "Disconnect…" }).click();
  await picture("disconnect");
  await page.getByRole("button", { name: "Disconnect and delete tokens" }).click();
  await page.getByText("Not connected").first().waitFor();
  await context.close();
}
