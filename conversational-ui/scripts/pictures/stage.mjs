// The gateway, the front end and the browser that all pictures are taken of, and what they begin with.
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { launchOptions } from "../../e2e/support/browser.mjs";
import { startReceiver } from "../../e2e/support/receiver.mjs";
import { startStack } from "../../e2e/support/stack.mjs";

const folder = resolve(import.meta.dirname, "../../../docs/images");
mkdirSync(folder, { recursive: true });

const environment = { MODEL_BASE_URL: "{simulator}/v1", MODEL_NAME: "scripted-demo" };
const gatewayEnvironment = {
  GATEWAY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES: "1",
  GATEWAY_LOCAL_SIGN_IN: "1",
};
export const stack = await startStack({ environment, gatewayEnvironment });
export const receiver = await startReceiver();
export const browser = await chromium.launch(launchOptions);

const DESK = { width: 1280, height: 800 };

/** A page of its own, and what takes its picture. */
export async function opened(look, { colorScheme = "light", viewport = DESK, only } = {}) {
  const context = await browser.newContext({ baseURL: stack.url, colorScheme, viewport });
  context.setDefaultTimeout(120_000); // the machine may do much else
  const page = await context.newPage();
  const picture = async (name, { fullPage = false, of } = {}) => {
    if (only && !only.includes(name)) return;
    await page.waitForTimeout(400); // for what slides in
    const path = join(folder, `${name}-${look}.png`);
    if (of) await of.screenshot({ path });
    else await page.screenshot({ path, fullPage });
  };
  return { context, page, picture };
}

/** Until a card of a call has the names of pages, and what is there now. */
export const lookedUp = (page) =>
  page.waitForFunction(() => !/being (looked up|read)…/.test(document.body.innerText));

/** To the top, below the bar of small screens: of the window, or of what scrolls on large ones. */
export const top = (part) =>
  part.evaluate((it) => {
    it.style.scrollMarginTop = "72px";
    it.scrollIntoView({ block: "start", behavior: "instant" });
  });

/** Of the space that the page is about. */
export const spaceIdOf = (page) => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);

export async function signIn(page, person) {
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill(person);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
}

/** Somebody new, who has just made a space. */
export async function signedIn(page, person) {
  await signIn(page, person);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("Product team");
  await page.getByRole("button", { name: "Create space" }).click();
}

/** Connects the space that the page is about, with the workspace that is chosen already. */
export async function connected(page) {
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "MCP connected" }).waitFor();
}

export async function settings(changed) {
  const answer = await fetch(`${stack.simulatorUrl}/_simulator/settings`, {
    method: "PATCH",
    body: JSON.stringify(changed),
  });
  if (!answer.ok) throw new Error(`The simulator refused a setting: ${await answer.text()}`);
}

export async function fault(description) {
  const answer = await fetch(`${stack.simulatorUrl}/_simulator/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(description),
  });
  if (!answer.ok) throw new Error(`The simulator refused a fault: ${await answer.text()}`);
}

export async function closed() {
  await browser.close();
  await receiver.stop();
  await stack.stop();
}
