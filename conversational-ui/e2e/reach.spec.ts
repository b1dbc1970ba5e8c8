import type { Locator, Page } from "@playwright/test";
import {
  adding,
  approve,
  arrive,
  HANDBOOK,
  MODEL,
  readPage,
  say,
  summary,
  todo,
  tool,
} from "./support/chat";
import {
  expect,
  expectAccessible,
  expectClassesAgree,
  expectNoSideways,
  goTo,
  somebody,
  test,
} from "./support/test";

test.use({
  environment: [{ ...MODEL, MODEL_NAME: "scripted-demo, another-one" }, { scope: "worker" }],
});

/** By the Tab key alone; a page that lets nobody there fails here. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let presses = 0; presses < 60; presses++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(wanted).toBeFocused();
}

test("from signing in to a change that is made in Notion, by keyboard alone", async ({
  page,
  stack,
}) => {
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const press = async (wanted: Locator) => {
    await tabTo(page, wanted);
    await page.keyboard.press("Enter");
  };
  const write = async (wanted: Locator, text: string) => {
    await tabTo(page, wanted);
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  };
  await page.goto("/sign-in");
  await write(page.getByLabel("Your name"), somebody());
  await page.waitForURL("**/spaces?page=chat");
  await write(page.getByLabel("Name", { exact: true }), "Product team");
  await press(button("Connect"));
  await page.waitForURL(`${stack.simulatorUrl}/**`);
  await press(button("Allow"));
  await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
  await press(page.getByRole("link", { name: /chat$/ }));

  const [theirs, mine] = [todo(), todo()];
  await write(page.getByLabel("Message", { exact: true }), adding(theirs));
  await expect(button("Edit the text")).toBeVisible();
  await page.keyboard.press("Shift+Tab"); // what is allowed for good is not the nearest stop
  await expect(button("Approve, and do not ask again")).not.toBeFocused();
  await press(button("Edit the text"));
  const text = page.getByLabel("What is added");
  await expect(text).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(`- [ ] ${mine}`);
  await press(button("Use this text"));
  await press(approve(page));
  await expect(page.getByText("Done: I added this")).toBeVisible();
  const content = await readPage(page, "Onboarding Checklist");
  expect(content).toContain(mine);
  expect(content).not.toContain(theirs);
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("axe finds nothing in what opens in the chat, and nothing sticks out", async ({
    page,
    stack,
  }) => {
    const look = async (within?: string) => {
      await expectNoSideways(page);
      await expectClassesAgree(page);
      await expectAccessible(page, within);
    };
    await arrive(page, stack);
    const field = page.getByLabel("Message", { exact: true });
    await page.getByRole("button", { name: /^Model: / }).click();
    await expect(page.getByRole("menuitemradio", { name: "another-one" })).toBeVisible();
    await look('[role="menu"]');
    await page.keyboard.press("Escape");

    await field.pressSequentially("Summarise @team hand");
    await expect(page.getByRole("option").first()).toContainText("Team Handbook");
    await look();
    await field.press("Enter");
    await page.locator('input[type="file"]').setInputFiles({
      name: "A name that is rather long for a screen as narrow as this one is.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("One plan."),
    });
    await page.getByRole("button", { name: "Upload to Notion" }).click();
    await expect(page.getByRole("list", { name: "Mentioned" }).getByText(/\.txt$/)).toBeVisible();
    await look();

    await field.fill(HANDBOOK);
    await field.press("Enter");
    await expect(summary(page)).toBeVisible();
    await expect(page.getByRole("list", { name: "Sources" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
    await look();

    await page.getByRole("button", { name: "Open menu" }).click();
    await page.getByRole("button", { name: `Options for ${HANDBOOK}` }).click();
    await expect(page.getByRole("menuitem", { name: "Share with the space" })).toBeVisible();
    await look('[role="menu"]');
    await page.getByRole("menuitem", { name: "Share with the space" }).click();
    const dialog = page.getByRole("dialog", { name: "Share with the space" });
    await dialog.getByRole("button", { name: "Create link" }).click();
    await expect(dialog.getByText("It is shared now.")).toBeVisible();
    await look();
    await page.goto(await dialog.getByLabel("Link").inputValue());
    await expect(page.getByRole("heading", { level: 1, name: HANDBOOK })).toBeVisible();
    await expect(page.getByText("A decision that is only in a chat").first()).toBeVisible();
    await look();
  });

  test("one header; an approval comes from the bottom, and permissions show whole names", async ({
    page,
    stack,
  }) => {
    await arrive(page, stack);
    await expect(
      page.getByRole("banner").or(page.locator("header")).filter({ visible: true }),
    ).toHaveCount(1);
    await page.getByRole("button", { name: "Tool permissions" }).click();
    const permissions = page.getByRole("dialog", { name: "Tool permissions" });
    await expect(permissions.getByLabel("Update Notion page: permission")).toBeVisible();
    const cutOff = await permissions.evaluate((dialog) =>
      Array.from(dialog.querySelectorAll("*"))
        .filter(({ scrollWidth, clientWidth }) => clientWidth > 1 && scrollWidth > clientWidth + 1)
        .map(({ className, textContent }) => `${className}: ${textContent}`),
    );
    expect(cutOff).toEqual([]);
    await expectAccessible(page);
    await page.keyboard.press("Escape");

    const mine = todo();
    await say(page, adding(mine));
    const sheet = page.getByRole("dialog", { name: /Update Notion page/ });
    await expect(sheet.getByRole("insertion")).toHaveText(`- [ ] ${mine}`);
    await expect(sheet).toBeFocused(); // no key that is pressed just then decides
    const { height = 0 } = page.viewportSize() ?? {};
    const box = await sheet.boundingBox();
    expect(box && Math.round(box.y + box.height)).toBe(height);
    await expectNoSideways(page);
    await expectClassesAgree(page);
    await expectAccessible(page);
    await sheet.getByRole("button", { name: "Close" }).click();
    await expect(sheet).toBeHidden();
    await page.getByRole("button", { name: "Review" }).click();
    await approve(page).click();
    await expect(page.getByText("Done: I added this")).toBeVisible();
    await expect(sheet).toHaveCount(0);
    expect(await readPage(page, "Onboarding Checklist")).toContain(mine);
  });
});

test("a tool's card that is opened where the conversation ends stays where it is", async ({
  page,
  stack,
}) => {
  await arrive(page, stack);
  await say(page, HANDBOOK);
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeInViewport();
  const [log, card] = [page.getByRole("log"), tool(page, "done").last()];
  const toTheEnd = page.getByRole("button", { name: "Scroll to the end" });
  await expect(toTheEnd).toHaveCount(0);
  const height = () => log.evaluate((one) => one.scrollHeight);
  const [closed, at] = [await height(), await card.boundingBox()];
  await card.locator("summary").press("Enter");
  await expect(card.getByText('"id":').first()).toBeVisible();
  expect(await height()).toBeGreaterThan(closed);
  await expect(toTheEnd).toBeVisible(); // the end is where it went
  expect((await card.boundingBox())?.y).toBe(at?.y);
  // Whoever goes on asking is taken along again.
  await say(page, "What can you do?");
  await expect(page.getByRole("button", { name: "Copy answer" })).toHaveCount(2);
  await expect(toTheEnd).toHaveCount(0);
});

test.describe("at 200 %", () => {
  test.use({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });

  test("a page opens at its top", async ({ page, stack }) => {
    await arrive(page, stack);
    for (const there of ["integrations", "members", "tokens", "activity", "tools", "chat"]) {
      await goTo(page, there);
      const heading = page.getByRole("main").getByRole("heading", { level: 1 });
      await expect(heading).toBeInViewport();
      await page.waitForLoadState("networkidle");
      await expect(heading).toBeInViewport();
      expect(
        await page.evaluate(() => [scrollY, document.getElementById("main")?.scrollTop]),
      ).toEqual([0, 0]);
      await expectNoSideways(page);
    }
    // Nor does the chat scroll by itself before anything is asked, however little room there is.
    await expect(page.getByRole("region", { name: /^First steps in / })).toBeAttached();
    const greeting = page.getByRole("heading", { name: /^What would you like to know/ });
    await expect(greeting).toBeInViewport();
    expect(await page.getByRole("log").evaluate((log) => log.scrollTop)).toBe(0);
  });
});

test("what is written from right to left stands that way, in the chat and where it is shared", async ({
  page,
  stack,
}) => {
  const QUESTION = "מה כתוב ב Team Handbook?";
  await arrive(page, stack);
  const directionOf = (one: Locator) =>
    one.evaluate((element) => getComputedStyle(element).direction);
  const field = page.getByLabel("Message", { exact: true });
  await field.fill(QUESTION);
  expect(await directionOf(field)).toBe("rtl");
  await say(page, QUESTION);
  const asked = page.getByRole("log").getByText(QUESTION);
  expect(await directionOf(asked)).toBe("rtl");
  await expect(page.getByRole("button", { name: "Copy answer" })).toBeVisible();
  const answer = page.getByRole("log").locator(".chat-markdown p").first();
  const bidi = await answer.evaluate((element) => getComputedStyle(element).unicodeBidi);
  expect(bidi).toBe("plaintext"); // each paragraph by its own letters
  const row = page.getByRole("region", { name: "Conversations" }).getByText(QUESTION);
  expect(await directionOf(row)).toBe("rtl");

  await page.getByRole("button", { name: `Options for ${QUESTION}` }).click();
  await page.getByRole("menuitem", { name: "Share with the space" }).click();
  const dialog = page.getByRole("dialog", { name: "Share with the space" });
  await dialog.getByRole("button", { name: "Create link" }).click();
  await page.goto(await dialog.getByLabel("Link").inputValue());
  const shared = page.getByRole("region", { name: "Shared conversation" });
  expect(await directionOf(shared.getByText(QUESTION))).toBe("rtl");
});
