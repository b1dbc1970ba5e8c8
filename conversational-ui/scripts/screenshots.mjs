// Walks through everything once, in a real browser, and takes the pictures of docs/images.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/support/browser.mjs";
import { startStack } from "../e2e/support/stack.mjs";

const folder = resolve(import.meta.dirname, "../../docs/images");
mkdirSync(folder, { recursive: true });

const environment = { MODEL_BASE_URL: "{simulator}/v1", MODEL_NAME: "scripted-demo" };
const stack = await startStack({ environment });
const browser = await chromium.launch(launchOptions);

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** In the other looks, what differs most. */
const FEW = ["integration", "chat", "approval"];

async function walk(look, person, { colorScheme = "light", viewport = DESK, only } = {}) {
  const context = await browser.newContext({ baseURL: stack.url, colorScheme, viewport });
  const page = await context.newPage();
  const picture = async (name) => {
    if (only && !only.includes(name)) return;
    await page.waitForTimeout(400); // for what slides in
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
  };
  const say = async (text) => {
    await page.getByLabel("Message").fill(text);
    await page.getByLabel("Message").press("Enter");
  };

  await page.goto("/sign-in");
  await picture("sign-in");
  await page.getByLabel("Your name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/chat");
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
  await picture("approval");
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.locator('section[data-state="done"]').last().waitFor();
  await page.getByRole("button", { name: "Copy" }).last().waitFor();
  await picture("changed");

  if (only) return context.close();
  await fault({ target: "mcp", kind: "slow", delay_seconds: 30, tool: "notion-search", times: 1 });
  await say("Find pages about meetings");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.waitForTimeout(1500);
  await picture("running");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator('section[data-state="cancelled"]').waitFor();
  await picture("stopped");

  await page.goto("/integrations");
  await page.getByRole("button", { name: "Details" }).click();
  await page.getByRole("button", { name: "Disconnect…" }).click();
  await picture("disconnect");
  await page.getByRole("button", { name: "Disconnect and delete tokens" }).click();
  await page.getByText("Not connected").first().waitFor();
  await context.close();
}

async function fault(description) {
  const answer = await fetch(`${stack.simulatorUrl}/_simulator/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(description),
  });
  if (!answer.ok) throw new Error(`The simulator refused a fault: ${await answer.text()}`);
}

try {
  await walk("light", "Ada");
  await walk("dark", "Grace", { colorScheme: "dark", only: FEW });
  await walk("phone", "Joan", { viewport: PHONE, only: FEW });
} finally {
  await browser.close();
  await stack.stop();
}
