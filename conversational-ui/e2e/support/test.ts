import { AxeBuilder } from "@axe-core/playwright";
import {
  type Browser,
  type BrowserContextOptions,
  test as base,
  expect,
  type Page,
} from "@playwright/test";
import { twMerge } from "tailwind-merge";
import { type Stack, startStack } from "./stack.mjs";

export type { Stack };
export { expect };

let people = 0;

/** Somebody nobody has met: every test has spaces of its own on the shared gateway. */
export const somebody = () => `Tester ${process.pid} ${++people}`;
export const idOf = (name: string) => name.toLowerCase().replaceAll(" ", "-");

export const test = base.extend<
  { complaints: string[]; expected: RegExp | RegExp[] },
  {
    stack: Stack;
    environment: Record<string, string>;
    gatewayEnvironment: Record<string, string>;
  }
>({
  environment: [{}, { option: true, scope: "worker" }],
  gatewayEnvironment: [{}, { option: true, scope: "worker" }],
  stack: [
    async ({ environment, gatewayEnvironment }, use) => {
      const stack = await startStack({ environment, gatewayEnvironment });
      await use(stack);
      await stack.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: ({ stack }, use) => use(stack.url),
  /** Lines of the browser's console that a test provokes. */
  expected: [/^$/, { option: true }],
  /** No page breaks the policy, logs an error, or asks anybody else for anything. */
  complaints: [
    async ({ page, stack, expected }, use) => {
      const complaints: string[] = [];
      const own = [stack.url, stack.gatewayUrl, stack.simulatorUrl];
      page.on("console", (line) => {
        if (line.type() === "error" || /Content.Security.Policy/i.test(line.text())) {
          complaints.push(line.text());
        }
      });
      page.on("pageerror", (fault) => complaints.push(String(fault)));
      page.on("request", (request) => {
        const { origin, protocol } = new URL(request.url());
        if (protocol.startsWith("http") && !own.includes(origin)) complaints.push(request.url());
      });
      await use(complaints);
      expect(
        complaints.filter((line) => ![expected].flat().some((known) => known.test(line))),
      ).toEqual([]);
    },
    { auto: true },
  ],
});

export async function signIn(page: Page, name = somebody()): Promise<string> {
  await page.goto("/sign-in");
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(spaces|s\/[^/]+\/chat)(\?|$)/);
  return name;
}

/** The id of the space that the tab is in. */
export function spaceIdOf(page: Page): string {
  const [, id] = /^\/s\/([^/]+)/.exec(new URL(page.url()).pathname) ?? [];
  expect(id, `${page.url()} names a space`).toBeDefined();
  return decodeURIComponent(id ?? "");
}

/** Another page of the space that the tab is in; in none, of the one that was used last. */
export async function goTo(page: Page, what: string): Promise<void> {
  const [inSpace = ""] = /^\/s\/[^/]+/.exec(new URL(page.url()).pathname) ?? [];
  await page.goto(`${inSpace}/${what}`);
}

export async function createFirstSpace(page: Page, name = "Product team"): Promise<void> {
  await goTo(page, "integrations");
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Create space" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Integrations" })).toBeVisible();
  await expect(page.getByText("Not connected")).toBeVisible();
}

/** Asks somebody to join the space, from the page of its members. */
export async function invite(page: Page, userId: string): Promise<void> {
  await page.getByRole("button", { name: "Invite…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Account name").fill(userId);
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
}

/** Who was only added to a space opens it themselves, from the page that they are shown first. */
export async function openSpace(page: Page): Promise<void> {
  await page
    .getByRole("main")
    .getByRole("link", { name: /^Open / })
    .click();
  await page.waitForURL(/\/s\/[^/]+\//);
}

/** Somebody whom the operator adds to a space, on a device of their own, with the space open. */
export async function memberOf(
  browser: Browser,
  stack: Stack,
  space: string,
  options: BrowserContextOptions = {},
): Promise<{ name: string; page: Page }> {
  const name = somebody();
  stack.operate("spaces", "add-member", space, idOf(name));
  const context = await browser.newContext({ baseURL: stack.url, ...options });
  const page = await context.newPage();
  await signIn(page, name);
  await openSpace(page);
  return { name, page };
}

/** From the integrations page to the simulator's consent page, and back. */
export async function connect(page: Page, stack: Stack, decision = "Allow"): Promise<void> {
  await page.getByRole("button", { name: /^(Connect|Reconnect)$/ }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByRole("button", { name: decision }).click();
  await page.waitForURL(`${stack.url}/integrations/notion/callback*`);
}

/** A part of the integrations page, by its heading. */
export const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

/** The person's own Notion in the space, from the integrations page. */
export async function connectOwn(page: Page, stack: Stack, workspace: string): Promise<void> {
  await card(page, "Yours").getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await page.getByLabel(workspace).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.waitForURL(`${stack.url}/integrations/notion/callback*`);
  await expect(page.getByText("Only you act with it, in your own name.")).toBeVisible();
}

export async function signedInAndConnected(page: Page, stack: Stack): Promise<string> {
  const name = await signIn(page);
  await createFirstSpace(page);
  await connect(page, stack);
  await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
  await goTo(page, "integrations");
  await expect(page.getByText("MCP connected")).toBeVisible();
  return name;
}

/**
 * Nothing that axe finds, in light and in dark: on the whole page, or within `within` alone, which
 * is for open menus. They take the page away from everybody while they are open.
 */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  expect(page.frames(), "axe looks at one page, not at frames in it").toHaveLength(1);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.waitForFunction(() =>
      document.getAnimations().every((one) => one.playState !== "running"),
    );
    const axe = new AxeBuilder({ page })
      .setLegacyMode() // in the page itself: else another is opened for each look
      .options({ resultTypes: ["violations"] }); // what is as it should be is not described
    const { violations } = await (within === undefined ? axe : axe.include(within)).analyze();
    const found = violations.map(
      ({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map((node) => node.html).join(" | ")}`,
    );
    expect(found).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** A short note at the edge of the screen, beside which the same is said to screen readers. */
export const note = (page: Page, text: string | RegExp) =>
  page.getByRole("region", { name: "Notes (F8)" }).getByText(text);

/** Nothing sticks out sideways. */
export async function expectNoSideways(page: Page): Promise<void> {
  const [content, view] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content).toBeLessThanOrEqual(view ?? 0);
}

/** As it is on a phone: all of it fits, and axe finds nothing. The page is as wide as before then. */
export async function expectFitsPhone(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page);
  await expectClassesAgree(page);
  await expectAccessible(page);
  if (before) await page.setViewportSize(before);
}

/** No element has two classes that contradict each other: the order of the stylesheet would decide. */
export async function expectClassesAgree(page: Page): Promise<void> {
  const lists = await page.evaluate(() => [
    ...new Set(Array.from(document.querySelectorAll("[class]"), (one) => one.classList.value)),
  ]);
  const undone = lists.flatMap((list) => {
    const kept = new Set(twMerge(list).split(" "));
    const lost = list.split(/\s+/).filter((name) => name !== "" && !kept.has(name));
    return lost.length > 0 ? [`${lost.join(" ")} in: ${list}`] : [];
  });
  expect(undone).toEqual([]);
}
