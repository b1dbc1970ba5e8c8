// Every button and link of every page, as whoever may see it. What each one does is tried in the
// other files; here none may be dead.
import type { BrowserContext, Locator, Page } from "@playwright/test";
import {
  connect,
  createFirstSpace,
  expect,
  goTo,
  idOf,
  invite,
  signIn,
  somebody,
  spaceIdOf,
  test,
} from "./support/test";

// The browser logs every refusal; a space that is not connected has one.
test.use({ expected: /Failed to load resource: the server responded with a status of 401/ });

test.describe.configure({ timeout: 180_000 });

const PATHS = ["/chat", "/tools", "/integrations", "/members", "/tokens", "/invitations"];

test("none is dead for an owner, before connecting and after", async ({ page, context, stack }) => {
  await signIn(page);
  await createFirstSpace(page, "Every button");
  await goTo(page, "members");
  await invite(page, idOf(somebody()));
  await expect(page.getByRole("heading", { name: "1 invited" })).toBeVisible();
  expect(await dead(context, PATHS)).toEqual([]);
  await goTo(page, "integrations");
  await connect(page, stack);
  await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
  expect(await dead(context, ["/integrations"])).toEqual([]);
});

test("none is dead for a member", async ({ page, context, browser, stack }) => {
  const member = somebody();
  const owners = await browser.newContext({ baseURL: stack.url });
  const theirs = await owners.newPage();
  await signIn(theirs);
  await createFirstSpace(theirs, "Somebody's");
  stack.operate("spaces", "add-member", spaceIdOf(theirs), idOf(member));
  await owners.close();

  await signIn(page, member);
  await page.getByRole("link", { name: "Open Somebody's" }).click();
  await expect(page.getByRole("button", { name: "Space: Somebody's" })).toBeVisible();
  expect(await dead(context, ["/integrations", "/members", "/tokens"])).toEqual([]);
});

test("none is dead for a stranger", async ({ page, context }) => {
  await signIn(page);
  expect(await dead(context, ["/chat"])).toEqual([]);
});

test("none is dead for a stranger who is invited", async ({ page, context, browser, stack }) => {
  const stranger = somebody();
  for (const _ of ["one to accept", "one to decline"]) {
    await inviteFrom(await browser.newPage({ baseURL: stack.url }), stranger);
  }
  await signIn(page, stranger);
  expect(await dead(context, ["/invitations"])).toEqual([]);
});

test("a dead one is found", async ({ page, context }) => {
  await signIn(page);
  const added = '<button type="button"><span aria-hidden="true">D</span>Dead</button>';
  expect(await dead(context, ["/invitations"], added)).toEqual(["/invitations: Dead"]);
});

async function inviteFrom(page: Page, name: string): Promise<void> {
  await signIn(page);
  await createFirstSpace(page, "Inviting");
  await goTo(page, "members");
  await invite(page, idOf(name));
  await expect(page.getByRole("heading", { name: "1 invited" })).toBeVisible();
  await page.close();
}

/** Buttons that change nothing on the page and lead nowhere, and links to pages that are not. */
async function dead(context: BrowserContext, paths: string[], added = ""): Promise<string[]> {
  const found: string[] = [];
  const tried = new Set<string>(); // of what stands beside every page
  for (const path of paths) {
    const shown = await open(context, path, added);
    for (const target of await shown.locator("a[href^='/']").evaluateAll(targetsOf)) {
      const answer = await shown.request.get(target);
      if (!answer.ok()) found.push(`${path}: ${target} is ${answer.status()}`);
    }
    const beside = await namesOf(shown.locator("aside"));
    const names = (await namesOf(shown)).filter((name) => !tried.has(name));
    await shown.close();
    for (const name of beside) tried.add(name);
    for (const name of names) {
      const page = await open(context, path, added);
      const button = page.getByRole("button", { name, exact: true, disabled: false }).first();
      if ((await button.count()) === 0) {
        if (!/^(Accept|Decline) /.test(name)) found.push(`${path}: ${name} was not found`);
      } else if (!(await doesSomething(page, button))) found.push(`${path}: ${name}`);
      await page.close();
    }
  }
  return found;
}

const targetsOf = (links: Element[]) => [
  ...new Set(links.map((one) => one.getAttribute("href") ?? "")),
];

async function open(context: BrowserContext, path: string, added: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  await page.waitForLoadState("networkidle"); // only then do buttons work
  if (added) {
    await page.evaluate((markup) => document.body.insertAdjacentHTML("beforeend", markup), added);
  }
  return page;
}

/** As whoever does not see the page hears them. */
async function namesOf(part: Page | Locator): Promise<string[]> {
  const buttons = await part.getByRole("button", { disabled: false }).all();
  const heard = await Promise.all(buttons.map((one) => one.ariaSnapshot()));
  return [...new Set(heard.map(nameIn))];
}

/** Of a line of YAML, which is quoted where the name has a colon. */
function nameIn(line: string): string {
  const [, quote, name = line] = /^- ('?)button "((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
  return quote ? name.replaceAll("''", "'") : name;
}

/** Changes the page, another address, or a word of the browser's about a field. */
async function doesSomething(page: Page, button: Locator): Promise<boolean> {
  const before = page.url();
  await page.evaluate(() => {
    const changed = () => {
      document.title = "changed";
    };
    document.title = "as it was";
    document.addEventListener("invalid", changed, { capture: true });
    document.addEventListener(
      "click",
      () => {
        const seen = { attributes: true, childList: true, characterData: true, subtree: true };
        new MutationObserver(changed).observe(document.body, seen);
      },
      { capture: true, once: true },
    );
  });
  await button.click();
  const moved = page.waitForURL((url) => url.href !== before, { timeout: 30_000 });
  const changed = page.waitForFunction(() => document.title !== "as it was", null, {
    timeout: 30_000,
  });
  return Promise.any([moved, changed]).then(
    () => true,
    () => false,
  );
}
