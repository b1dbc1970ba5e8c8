// Walks through everything once, in a real browser, and takes the pictures of docs/images.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/support/browser.mjs";
import { startReceiver } from "../e2e/support/receiver.mjs";
import { startStack } from "../e2e/support/stack.mjs";

const folder = resolve(import.meta.dirname, "../../docs/images");
mkdirSync(folder, { recursive: true });

const environment = { MODEL_BASE_URL: "{simulator}/v1", MODEL_NAME: "scripted-demo" };
const gatewayEnvironment = { GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: "1" };
const stack = await startStack({ environment, gatewayEnvironment });
const receiver = await startReceiver();
const browser = await chromium.launch(launchOptions);

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** In the other looks, what differs most. */
const FEW = ["integration", "chat", "approval"];

/** A page of its own, and what takes its picture. */
async function opened(look, { colorScheme = "light", viewport = DESK, only } = {}) {
  const context = await browser.newContext({ baseURL: stack.url, colorScheme, viewport });
  const page = await context.newPage();
  const picture = async (name) => {
    if (only && !only.includes(name)) return;
    await page.waitForTimeout(400); // for what slides in
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
  };
  return { context, page, picture };
}

const LOOKS = [
  ["light", "Ada of the team", {}],
  ["dark", "Grace of the team", { colorScheme: "dark" }],
  ["phone", "Joan of the team", { viewport: PHONE }],
];

async function walk(look, person, options = {}) {
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

/** What a team decides, sees and is told. */
async function govern(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const card = (name) => page.getByRole("region", { name, exact: true });
  const dialog = page.getByRole("dialog");
  /** It stays for as long as the pointer is on it. */
  const toastGone = async () => {
    await page.mouse.move(0, 0);
    await page.getByRole("button", { name: "Dismiss" }).waitFor({ state: "hidden" });
  };
  /** To the top, below the bar of small screens. */
  const top = (part) =>
    part.evaluate((it) => window.scrollBy(0, it.getBoundingClientRect().top - 72));
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("Product team");
  await page.getByRole("button", { name: "Create space" }).click();

  await page.getByRole("button", { name: "Add webhook" }).click();
  await dialog.getByLabel("Address").fill(receiver.url);
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  receiver.state.secret = await dialog.getByTestId("secret").innerText();
  receiver.state.status = 204;
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "MCP connected" }).waitFor();
  await page.goto("/integrations");
  await page.getByText("MCP connected").waitFor();

  const policy = card("What may be called");
  await policy.getByRole("radio", { name: /^No deleting/ }).check();
  await policy.getByRole("button", { name: "Save" }).click();
  await policy.getByText("Last changed by").waitFor();
  await toastGone();
  await policy.getByRole("button", { name: "Tools and rules" }).click();
  const asked = dialog.getByRole("group", { name: "Create pages" });
  await asked.getByLabel("Ask").check();
  await asked.scrollIntoViewIfNeeded();
  await picture("policy-tools");
  await dialog.getByRole("button", { name: "Save" }).click();
  await policy.getByText("1 tool set").waitFor();
  await toastGone();
  await top(policy);
  await picture("policy");
  await policy.getByRole("button", { name: "Tools and rules" }).click();
  await dialog.getByRole("tab", { name: "Rules" }).click();
  await dialog.getByText("By what a call says").waitFor();
  await picture("policy-rules");
  await dialog.getByRole("tab", { name: "History" }).click();
  await dialog.getByText("Preset: No deleting.").waitFor();
  await picture("policy-history");
  await page.keyboard.press("Escape");

  const webhooks = card("Webhooks");
  await webhooks.getByRole("button", { name: /^Send test to / }).click();
  await webhooks.getByText(/^The test arrived/).waitFor();
  await top(webhooks);
  await picture("webhooks");
  await webhooks.getByRole("button", { name: /^Messages to / }).click();
  await dialog.getByText("Notion was connected").waitFor();
  await picture("webhook-messages");
  await page.keyboard.press("Escape");

  await page.goto("/chat");
  await page.getByLabel("Message").fill("Find the Team Handbook and summarise it");
  await page.getByLabel("Message").press("Enter");
  await page.getByRole("button", { name: "Copy" }).first().waitFor();
  const calls = card("Calls").getByRole("listitem");
  for (let looks = 0; looks < 100 && (await calls.count()) < 2; looks++) {
    await page.goto("/activity"); // calls are recorded a moment after their end
  }
  await picture("activity");
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
  for (const [look, person, options] of LOOKS) await govern(look, person, options);
  await walk("light", "Ada");
  await walk("dark", "Grace", { colorScheme: "dark", only: FEW });
  await walk("phone", "Joan", { viewport: PHONE, only: FEW });
} finally {
  await browser.close();
  await receiver.stop();
  await stack.stop();
}
