import type { Browser, Page } from "@playwright/test";
import { arrive, HANDBOOK, MODEL, say, summary } from "./support/chat";
import {
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  idOf,
  memberOf,
  type Stack,
  signIn,
  spaceIdOf,
  test,
} from "./support/test";

test.use({ environment: [MODEL, { scope: "worker" }] });

const shared = (page: Page) => page.getByRole("region", { name: "Shared conversation" });
const GONE = "This conversation is not shared any more";

async function colleagueOf(browser: Browser, stack: Stack, space: string) {
  return memberOf(browser, stack, space, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
}

async function shareDialog(page: Page, title: string) {
  await page.getByRole("button", { name: `Options for ${title}` }).click();
  await page.getByRole("menuitem", { name: "Share with the space" }).click();
  return page.getByRole("dialog", { name: "Share with the space" });
}

test("a member shares a conversation, and the others read it until that ends", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(480_000);
  await arrive(page, stack);
  const space = spaceIdOf(page);
  const { name, page: theirs } = await colleagueOf(browser, stack, space);
  await goTo(theirs, "chat");
  await say(theirs, HANDBOOK);
  await expect(summary(theirs)).toBeVisible();
  await expect(theirs.getByRole("button", { name: "Copy answer" })).toBeVisible();

  const dialog = await shareDialog(theirs, HANDBOOK);
  await expect(dialog.getByText("what is said later is not shared")).toBeVisible();
  await dialog.getByRole("button", { name: "Create link" }).click();
  await expect(dialog.getByText("It is shared now.")).toBeVisible();
  await expectAccessible(theirs);
  await dialog.getByRole("button", { name: "Copy link" }).click();
  const link = await dialog.getByLabel("Link").inputValue();
  expect(await theirs.evaluate(() => navigator.clipboard.readText())).toBe(link);
  expect(link).toMatch(new RegExp(`^${stack.url}/s/${space}/shared/[0-9a-f-]{36}$`));
  await theirs.keyboard.press("Escape");
  await say(theirs, "Who am I?");
  await expect(theirs.getByRole("button", { name: "Copy answer" })).toHaveCount(2);

  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1, name: HANDBOOK })).toBeVisible();
  await expect(page.getByText(`by ${idOf(name)}`)).toBeVisible();
  await expect(shared(page).getByText("A decision that is only in a chat")).toBeVisible();
  await expect(
    shared(page)
      .getByText(/^done$/)
      .first(),
  ).toBeVisible();
  await expect(shared(page).getByText("Who am I?")).toHaveCount(0);
  await expect(shared(page).getByRole("button", { name: /approve|edit|again/i })).toHaveCount(0);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page);
  await page.setViewportSize({ width: 1280, height: 800 });

  // Shared anew, from a phone, the same link shows what was said meanwhile.
  await theirs.setViewportSize({ width: 390, height: 844 });
  await theirs.getByRole("button", { name: "Open menu" }).click();
  await shareDialog(theirs, HANDBOOK);
  await dialog.getByRole("button", { name: "Share what is there now" }).click();
  await expect(dialog.getByText("The link shows what is there now.")).toBeVisible();
  await expectNoSideways(theirs);
  await page.reload();
  await expect(shared(page).getByText("Who am I?")).toBeVisible();

  // Somebody of another space, with the link.
  const stranger = await (await browser.newContext({ baseURL: stack.url })).newPage();
  await signIn(stranger);
  await stranger.goto(link);
  await expect(stranger.getByRole("heading", { name: "You cannot open this space" })).toBeVisible();
  await stranger.context().close();

  // Ended in the list of all that they share, without looking for the conversation.
  await theirs.keyboard.press("Escape");
  await theirs.getByRole("button", { name: "All conversations" }).click();
  await theirs.getByRole("menuitem", { name: "What I share with the space" }).click();
  const list = theirs.getByRole("dialog", { name: "What I share with the space" });
  await expect(list.getByRole("link", { name: HANDBOOK })).toHaveAttribute(
    "href",
    new URL(link).pathname,
  );
  await expectAccessible(theirs);
  await expectNoSideways(theirs);
  await list.getByRole("button", { name: `Stop sharing ${HANDBOOK}` }).click();
  await expect(list.getByText("the link is dead")).toBeVisible();
  await expect(list.getByText("You share nothing in this space.")).toBeVisible();
  await theirs.keyboard.press("Escape");
  await shareDialog(theirs, HANDBOOK);
  await dialog.getByRole("button", { name: "Create link" }).click();
  await dialog.getByRole("button", { name: "Stop sharing" }).click();
  await expect(dialog.getByText("the link is dead")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Create link" })).toBeVisible();
  await page.reload();
  await expect(page.getByText(GONE)).toBeVisible();
  await expectAccessible(page);
  await theirs.context().close();
});

const HOSTILE = [
  '<script>window.broken = 1</script><img src="/x" onerror="window.broken = 1">',
  "![pixel](https://evil.example/pixel)",
  "[Sign in again](javascript:window.broken=1) [and here](data:text/html,x)",
  '<iframe src="https://evil.example/"></iframe><form action="https://evil.example/"><button>Go on</button></form>',
].join("\n\n");

test("a hostile shared conversation does nothing, and an owner ends it", async ({
  page,
  browser,
  stack,
}) => {
  await arrive(page, stack);
  const space = spaceIdOf(page);
  const { page: theirs } = await colleagueOf(browser, stack, space);
  const share = await theirs.evaluate(
    async ({ space, text }) => {
      const at = `/api/spaces/${encodeURIComponent(space)}/conversations/evil`;
      const put = async (path: string, body: unknown) => {
        const headers = { "content-type": "application/json" };
        const answer = await fetch(path, { method: "PUT", headers, body: JSON.stringify(body) });
        return answer.json();
      };
      const call = {
        type: "dynamic-tool",
        toolName: "<b>notion-update-page</b>",
        toolCallId: "t1",
        state: "approval-requested",
        approval: { id: "a1" },
        input: {},
      };
      await put(at, {
        title: "<img src=/x onerror=window.broken=1>",
        messages: {
          m1: { id: "m1", role: "user", parts: [{ type: "text", text }] },
          m2: { id: "m2", role: "assistant", parts: [call, { type: "text", text }] },
        },
      });
      return put(`${at}/share`, { message_ids: ["m1", "m2"] });
    },
    { space, text: HOSTILE },
  );
  await page.goto(`/s/${space}/shared/${share.share_id}`);
  await expect(page.getByRole("heading", { level: 1, name: "<img src=/x" })).toBeVisible();
  await expect(shared(page).getByText("[Image: pixel]")).toBeVisible();
  await expect(shared(page).getByText("<b>notion update page</b>")).toBeVisible();
  await expect(shared(page).getByText("not run", { exact: true })).toBeVisible();
  await expect(shared(page).locator("img, iframe, form, script, button, a")).toHaveCount(0);
  expect(await page.evaluate(() => "broken" in window)).toBe(false);

  await page.getByRole("button", { name: "Stop sharing" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop sharing" }).click();
  await expect(page.getByText(GONE)).toBeVisible();
  await theirs.context().close();
});
