import type { Page } from "@playwright/test";
import { startMailbox } from "./support/mailbox.mjs";
import { freePort } from "./support/stack.mjs";
import {
  test as base,
  createFirstSpace,
  expect,
  expectAccessible,
  expectFitsPhone,
  goTo,
  signIn,
  somebody,
} from "./support/test";

const test = base.extend<
  object,
  { mailbox: { port: number } & Awaited<ReturnType<typeof startMailbox>> }
>({
  mailbox: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what is asked for from it
    async ({}, use) => {
      const port = await freePort();
      const mailbox = await startMailbox(port);
      await use({ port, ...mailbox });
      await mailbox.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  gatewayEnvironment: [
    async ({ mailbox }, use) => {
      await use({
        GATEWAY_SMTP_HOST: "127.0.0.1",
        GATEWAY_SMTP_PORT: `${mailbox.port}`,
        GATEWAY_SMTP_TLS: "none",
        GATEWAY_SMTP_FROM: "notion@example.com",
      });
    },
    { scope: "worker" },
  ],
});

const dialogOf = (page: Page) => page.getByRole("dialog", { name: "Invite by a link" });

test("an owner has the gateway send a link, and who gets the mail joins by it", async ({
  page,
  browser,
  stack,
  mailbox,
}) => {
  await signIn(page);
  await createFirstSpace(page, "Mailing team");
  await goTo(page, "members");
  await page.getByRole("button", { name: "Send a link…" }).click();
  const field = dialogOf(page).getByLabel("Their e-mail address");
  await expect(dialogOf(page).getByText("at example.com.")).toBeVisible();
  await expectAccessible(page);
  await expectFitsPhone(page);
  await field.fill("bob");
  await field.press("Enter");
  await expect(dialogOf(page).getByText("This is no e-mail address.")).toBeVisible();
  await expect(field).toBeFocused();
  await field.fill("bob@example.com");
  await expect(dialogOf(page).getByText("This is no e-mail address.")).toHaveCount(0);
  await field.press("Enter");
  await expect(page.getByRole("heading", { name: "The link is on its way" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText("A link for one person")).toBeVisible();

  const [mail = "", ...others] = mailbox.mails();
  expect(others).toEqual([]);
  expect(mail).toContain("invites you to the space “Mailing team”");
  const [link = ""] = /http\S+\/join\/\S+/.exec(mail) ?? [];
  expect(link).toContain(`${stack.url}/join/`);
  const theirs = await browser.newPage({ baseURL: stack.url });
  await theirs.goto(link);
  await theirs.getByLabel("Your name").fill(somebody());
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await theirs.getByRole("button", { name: "Join Mailing team" }).click();
  await theirs.waitForURL(/\/s\/[^/]+\/chat$/);
  await theirs.context().close();
  await page.reload();
  await expect(page.getByText("2 people")).toBeVisible();
});
