import { type Browser, expect, type Page, test } from "@playwright/test";
import { startFederated } from "./support/issuer";
import { connect, connectOwn } from "./support/test";

let there: Awaited<ReturnType<typeof startFederated>>;
test.beforeAll(async () => {
  there = await startFederated();
});
test.afterAll(() => there?.stop());

const SPACE = "birch";

/** Somebody who has signed in at the issuer, in a browser of their own, at the integrations page. */
async function person(browser: Browser, login: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: there.stack.url });
  const page = await context.newPage();
  await there.signIn(page, login);
  await page.waitForURL(`${there.stack.url}/**`);
  await page.goto(`/s/${SPACE}/integrations`);
  return page;
}

async function pages(): Promise<Map<string, number>> {
  const answer = await fetch(`${there.stack.simulatorUrl}/_simulator/workspaces`);
  const { workspaces } = (await answer.json()) as {
    workspaces: { name: string; pages: number }[];
  };
  return new Map(workspaces.map(({ name, pages }) => [name, pages]));
}

/** In whose workspace a page appears that is written from this tab, with its cookie; or why none. */
async function writes(page: Page): Promise<string> {
  const before = await pages();
  const told = await page.evaluate(async (space) => {
    const answer = await fetch(`/api/spaces/${space}/tools/call`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        policy: { rules: {}, readOnly: false },
        name: "notion-create-pages",
        arguments: { pages: [{ properties: { title: "Whose is it?" } }] },
        approved: true,
      }),
    });
    return answer.text();
  }, SPACE);
  const after = await pages();
  const grown = [...after].filter(([name, count]) => count > (before.get(name) ?? 0));
  if (grown.length === 0) return told;
  expect(grown).toHaveLength(1);
  return grown[0]?.[0] ?? "";
}

test("who signed in at the issuer writes in the name that the space's mode says", async ({
  browser,
}) => {
  const { stack } = there;
  stack.operate("spaces", "create", "Birch", "--id", SPACE, "--user", "e-olga");
  for (const user of ["e-ada", "e-cleo"]) stack.operate("spaces", "add-member", SPACE, user);
  const olga = await person(browser, "olga");
  await connect(olga, stack);
  const choose = async (mode: string) => {
    const chosen = await olga.request.put(`/api/spaces/${SPACE}/grants`, {
      data: { mode, service_tokens_use_shared: true },
      headers: { origin: stack.url },
    });
    expect(chosen.ok(), await chosen.text()).toBe(true);
  };
  await choose("personal");
  const ada = await person(browser, "ada");
  await connectOwn(ada, stack, "Birch Studio");
  const cleo = await person(browser, "cleo");

  const expected: [string, string, RegExp][] = [
    ["shared", "Acme", /^Acme$/],
    ["personal_else_shared", "Birch Studio", /^Acme$/],
    ["personal", "Birch Studio", /own Notion|own_not_connected|not_connected/],
  ];
  for (const [mode, adas, cleos] of expected) {
    await choose(mode);
    expect(await writes(ada), `Ada, ${mode}`).toBe(adas);
    expect(await writes(cleo), `Cleo, ${mode}`).toMatch(cleos);
  }
  for (const page of [olga, ada, cleo]) await page.context().close();
});
