// How soon somebody sees what they came for: a first visit with an empty cache, at 1.6 Mbit/s with
// 150 ms to and fro and a processor slowed four times. And how soon after Enter an answer begins.
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/support/browser.mjs";
import { startStack } from "../e2e/support/stack.mjs";

const TIMES = 5;
const BYTES_A_SECOND = 1_600_000 / 8;
const ROUND_TRIP_MILLISECONDS = 150;
const SLOWED = 4;
const QUESTION = "Find the Team Handbook and summarise it";
const ANSWER = "A decision that is only in a chat has not been made";

const stack = await startStack({
  environment: { MODEL_BASE_URL: "{simulator}/v1", MODEL_NAME: "scripted-demo" },
});
const browser = await chromium.launch(launchOptions);
try {
  const { cookies, space, conversation, firstWords } = await prepared();
  console.log("page            largest paint   its element            layout shift");
  for (const [name, path, isWhole] of [
    ["new", `${space}/chat`, (page) => page.getByLabel("Message")],
    ["kept", conversation, (page) => answers(page).last()],
    ["integrations", `${space}/integrations`, (page) => page.getByText("MCP connected")],
  ]) {
    const visits = [];
    for (let time = 0; time < TIMES; time++) visits.push(await firstVisit(path, cookies, isWhole));
    const middle = visits.toSorted((one, other) => one.painted - other.painted)[TIMES >> 1];
    console.log(
      name.padEnd(15),
      `${middle.painted.toFixed(0)} ms`.padStart(13),
      ` ${middle.element.padEnd(22)}`,
      Math.max(...visits.map(({ shift }) => shift)).toFixed(3),
    );
  }
  console.log(
    `from Enter to the answer's first words, nothing slowed: ${firstWords.toFixed(0)} ms`,
  );
} finally {
  await browser.close();
  await stack.stop();
}

/** What was answered, once it can be worked with. */
function answers(page) {
  return page.getByRole("log").getByRole("paragraph").filter({ hasText: ANSWER });
}

/** A space that is connected, with one question that was asked and answered. */
async function prepared() {
  const context = await browser.newContext({ baseURL: stack.url });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  await page.goto("/integrations");
  await page.getByLabel("Name").fill("First view");
  await page.getByRole("button", { name: "Create space" }).click();
  await page.getByRole("heading", { level: 1, name: "Integrations" }).waitFor();
  const [space] = /\/s\/[^/]+/.exec(page.url());
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "MCP connected" }).waitFor();
  await page.goto(`${space}/chat`);
  const times = [];
  for (let time = 0; time < TIMES; time++) {
    await page.getByLabel("Message").fill(QUESTION);
    const began = performance.now();
    await page.getByLabel("Message").press("Enter");
    await answers(page).nth(time).waitFor();
    times.push(performance.now() - began);
    await page.getByRole("button", { name: "Send" }).waitFor();
  }
  await page.waitForURL(/\/chat\/[^/]+$/);
  await page.waitForLoadState("networkidle");
  const cookies = await context.cookies();
  const conversation = new URL(page.url()).pathname;
  await context.close();
  const firstWords = times.toSorted((one, other) => one - other)[TIMES >> 1];
  return { cookies, space, conversation, firstWords };
}

/** ``isWhole``: what is there once the page is. */
async function firstVisit(path, cookies, isWhole) {
  const context = await browser.newContext({ baseURL: stack.url });
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.seen = { painted: 0, element: "", shift: 0 };
    new PerformanceObserver((list) => {
      for (const { startTime, element } of list.getEntries()) {
        window.seen.painted = startTime;
        window.seen.element = `${element?.localName} ${element?.textContent ?? ""}`;
      }
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries()) {
        if (!hadRecentInput) window.seen.shift += value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: ROUND_TRIP_MILLISECONDS,
    downloadThroughput: BYTES_A_SECOND,
    uploadThroughput: BYTES_A_SECOND / 2,
  });
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWED });
  await page.goto(path);
  await isWhole(page).first().waitFor();
  // Entries are told of a moment after what they tell of has been painted.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
  const seen = await page.evaluate(() => window.seen);
  await context.close();
  return { ...seen, element: seen.element.slice(0, 22) };
}
