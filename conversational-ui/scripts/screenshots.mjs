// Walks through everything once, in a real browser, and takes the pictures of docs/images.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/support/browser.mjs";
import { connectedDaysAgo, lookedTwice } from "../e2e/support/past.mjs";
import { startReceiver } from "../e2e/support/receiver.mjs";
import { startStack } from "../e2e/support/stack.mjs";

const folder = resolve(import.meta.dirname, "../../docs/images");
mkdirSync(folder, { recursive: true });

const environment = { MODEL_BASE_URL: "{simulator}/v1", MODEL_NAME: "scripted-demo" };
const gatewayEnvironment = {
  GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: "1",
  GATEWAY_LOCAL_SIGN_IN: "1",
};
const stack = await startStack({ environment, gatewayEnvironment });
const receiver = await startReceiver();
const browser = await chromium.launch(launchOptions);

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** With names given, only those walks: `npm run screenshots -- connections letIn`. */
const asked = process.argv.slice(2);
const wanted = (name) => asked.length === 0 || asked.includes(name);
/** In the other looks, what differs most. */
const FEW = ["integration", "chat", "approval"];

/** A page of its own, and what takes its picture. */
async function opened(look, { colorScheme = "light", viewport = DESK, only } = {}) {
  const context = await browser.newContext({ baseURL: stack.url, colorScheme, viewport });
  const page = await context.newPage();
  const picture = async (name, { fullPage = false } = {}) => {
    if (only && !only.includes(name)) return;
    await page.waitForTimeout(400); // for what slides in
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage });
  };
  return { context, page, picture };
}

/** To the top, below the bar of small screens: of the window, or of what scrolls on large ones. */
const top = (part) =>
  part.evaluate((it) => {
    it.style.scrollMarginTop = "72px";
    it.scrollIntoView({ block: "start", behavior: "instant" });
  });

/** Of the space that the page is about. */
const spaceIdOf = (page) => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);

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

/** Whose Notion is used, what Notion's tools have become, and the end of a connection. */
async function connections(look, person, options = {}) {
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
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("Product team");
  await page.getByRole("button", { name: "Create space" }).click();
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
  await page.getByRole("button", { name: /Find and summarise/ }).waitFor();
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

/** How a team's space is connected to clients, handed over and deleted. */
async function spaces(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const dialog = page.getByRole("dialog");
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("Product team");
  await page.getByRole("button", { name: "Create space" }).click();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "MCP connected" }).waitFor();
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

/** Notion refuses calls for their number. */
async function busy(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("Product team");
  await page.getByRole("button", { name: "Create space" }).click();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "MCP connected" }).waitFor();
  await page.goto("/integrations");
  await page.getByText("MCP connected").waitFor();
  await settings({ rate_limit_per_minute: 4, rate_limit_window_seconds: 25 });
  const spaceId = spaceIdOf(page);
  const data = {
    policy: { rules: {}, readOnly: true },
    name: "notion-search",
    arguments: { query: "Handbook" },
    approved: false,
  };
  const headers = { origin: stack.url };
  const call = () =>
    page.request.post(`/api/spaces/${spaceId}/tools/call`, { data, headers, timeout: 120_000 });
  for (let used = 0; used < 5; used++) await call(); // until Notion refuses one
  const calls = Array.from({ length: 3 }, call);
  const budget = page.getByRole("region", { name: "Budget" });
  const waits = budget.getByText(/waits? for a turn$/);
  for (let looks = 0; looks < 20 && (await waits.count()) === 0; looks++) {
    await page.reload();
    await waits.waitFor({ timeout: 1000 }).catch(() => {});
  }
  await page.getByText("MCP connected").waitFor();
  await budget.scrollIntoViewIfNeeded();
  await picture("budget");
  await Promise.all(calls);
  await settings({ rate_limit_per_minute: null, rate_limit_window_seconds: 60 });
  await context.close();
}

/** The gateway's own page for a program on a machine without a browser. */
async function letIn(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const space = `field-${look}`;
  stack.operate("spaces", "create", "Field team", "--user", person, "--id", space);
  const command =
    process.env.NOTION_GATEWAY_COMMAND ??
    resolve(import.meta.dirname, "../../.venv/bin/notion-gateway");
  const child = spawn(
    command,
    ["login", "--gateway", stack.gatewayUrl, "--space", space, "--keep-in", "file"],
    { cwd: stack.folder, env: { PATH: process.env.PATH, HOME: stack.folder } },
  );
  let said = "";
  const link = new Promise((then, fail) => {
    child.once("exit", () => fail(new Error(`The login ended: ${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        said += part;
        const found = /link: (\S+)\n/.exec(said);
        if (found) then(found[1]);
      });
    }
  });
  await page.goto(`${stack.gatewayUrl}/oauth/device`);
  await page.getByLabel("Name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Code").fill("BBBB-BBBB");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("alert").waitFor();
  await picture("device-wrong");
  await page.goto(await link);
  await page.getByText("Did somebody send you this code or this link?").waitFor();
  await picture("device", { fullPage: true });
  const end = new Promise((then) => child.once("exit", then));
  await page.getByRole("button", { name: "Deny" }).click();
  await end;
  await context.close();
}

async function settings(changed) {
  const answer = await fetch(`${stack.simulatorUrl}/_simulator/settings`, {
    method: "PATCH",
    body: JSON.stringify(changed),
  });
  if (!answer.ok) throw new Error(`The simulator refused a setting: ${await answer.text()}`);
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
  for (const [look, person, options] of LOOKS) {
    if (wanted("govern")) await govern(look, person, options);
    if (wanted("connections"))
      await connections(look, `${person.split(" ")[0]} of connections`, options);
    if (wanted("spaces")) await spaces(look, `${person.split(" ")[0]} of spaces`, options);
    if (wanted("busy")) await busy(look, `${person.split(" ")[0]} of calls`, options);
    if (wanted("letIn")) await letIn(look, person.split(" ")[0].toLowerCase(), options);
  }
  if (wanted("walk")) {
    await walk("light", "Ada");
    await walk("dark", "Grace", { colorScheme: "dark", only: FEW });
    await walk("phone", "Joan", { viewport: PHONE, only: FEW });
  }
} finally {
  await browser.close();
  await receiver.stop();
  await stack.stop();
}
