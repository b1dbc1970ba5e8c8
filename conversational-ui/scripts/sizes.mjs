// How much JavaScript a first visit transfers, page by page, and how soon the page can be used.
// Real pages in a real browser with an empty cache; compressed bytes as they came over the wire.
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/support/browser.mjs";
import { startStack } from "../e2e/support/stack.mjs";

/** Bytes. Of the pages of a space, what stands behind its address. */
const LIMITS = {
  "/sign-in": 152_000,
  "/integrations": 180_000,
  "/members": 178_000,
  "/tokens": 176_000,
  "/chat": 359_000,
  "/tools": 188_000,
};

const stack = await startStack();
const browser = await chromium.launch(launchOptions);
let over = false;
try {
  const { cookies, space } = await signedIn();
  console.log("page                JavaScript   everything   interactive   limit");
  for (const [path, limit] of Object.entries(LIMITS)) {
    const { script, all, interactive } = await (path === "/sign-in"
      ? firstVisit(path, [])
      : firstVisit(space + path, cookies));
    over ||= script > limit;
    console.log(
      path.padEnd(18),
      kilobytes(script),
      kilobytes(all),
      `${interactive.toFixed(0)} ms`.padStart(13),
      kilobytes(limit),
      script > limit ? "  OVER" : "",
    );
  }
} finally {
  await browser.close();
  await stack.stop();
}
process.exitCode = over ? 1 : 0;

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`.padStart(12);
}

async function signedIn() {
  const context = await browser.newContext({ baseURL: stack.url });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("Sizes");
  await page.getByRole("button", { name: "Create space" }).click();
  await page.getByRole("heading", { level: 1, name: "Integrations" }).waitFor();
  const cookies = await context.cookies();
  const [space] = /\/s\/[^/]+/.exec(page.url());
  await context.close();
  return { cookies, space };
}

/** ``interactive``: milliseconds until React has taken over the page. */
async function firstVisit(path, cookies) {
  const context = await browser.newContext({ baseURL: stack.url });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const kinds = new Map();
  let script = 0;
  let all = 0;
  session.on("Network.responseReceived", ({ requestId, type, response }) => {
    kinds.set(requestId, type === "Script" || response.url.endsWith(".js") ? "script" : type);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    all += encodedDataLength;
    if (kinds.get(requestId) === "script") script += encodedDataLength;
  });
  const began = performance.now();
  await page.goto(path);
  await page.waitForFunction(() => {
    const button = document.querySelector("button");
    return button && Object.keys(button).some((key) => key.startsWith("__reactProps"));
  });
  const interactive = performance.now() - began;
  await page.waitForLoadState("networkidle");
  await context.close();
  return { script, all, interactive };
}
