import type { Page } from "@playwright/test";
import { counters, readPage } from "./support/chat";
import {
  createFirstSpace,
  expect,
  expectAccessible,
  expectNoSideways,
  goTo,
  idOf,
  note,
  openSpace,
  signedInAndConnected,
  signIn,
  somebody,
  spaceIdOf,
  test,
} from "./support/test";

test("an owner deletes a space by its name, and its people are told so", async ({
  page,
  browser,
  stack,
}) => {
  test.setTimeout(480_000);
  const owner = await signedInAndConnected(page, stack);
  const space = spaceIdOf(page);
  const { grant_id: id } = (await counters(stack)).grants.at(-1);
  const colleague = somebody();
  stack.operate("spaces", "add-member", space, idOf(colleague));
  const context = await browser.newContext({ baseURL: stack.url });
  const theirs = await context.newPage();
  await signIn(theirs, colleague);
  await openSpace(theirs);
  await goTo(theirs, "members");
  await expect(theirs.getByRole("heading", { name: "Delete this space" })).toHaveCount(0);

  const made = await page.request.post(`/api/spaces/${space}/tokens`, {
    headers: { origin: stack.url },
    data: { name: "Editor" },
  });
  const { token } = await made.json();
  const calls = async () => (await page.request.get(`/api/spaces/${space}/deletion`)).json();
  await readPage(page, "Team Handbook");
  await expect.poll(async () => (await calls()).calls).toBe(2);

  await goTo(page, "members");
  await page.getByRole("button", { name: "Delete space…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete Product team?" });
  await expect(dialog.getByText("You and 1 colleague lose it at once")).toBeVisible();
  await expect(dialog.getByText("connection to Notion is revoked at Notion")).toBeVisible();
  await expect(dialog.getByText("1 gateway token stops working")).toBeVisible();
  await expect(dialog.getByLabel("Keep the 2 recorded calls")).toBeChecked();
  await expect(dialog.getByText("Otherwise they are deleted within hours.")).toBeVisible();
  await expect(dialog.getByText("It is your only space")).toBeVisible();
  const confirm = dialog.getByRole("button", { name: "Delete space", exact: true });
  await expect(confirm).toBeDisabled();
  await dialog.getByLabel("Type the space's name to confirm").fill("product team");
  await expect(confirm).toBeDisabled();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page);
  await page.setViewportSize({ width: 1280, height: 800 });

  // By keyboard alone: what is typed is confirmed by Enter.
  await dialog.getByLabel("Type the space's name to confirm").fill("Product team");
  await page.keyboard.press("Enter");
  await expect(note(page, "Product team is deleted")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Create your first space" })).toBeVisible();
  const withToken = { authorization: `Bearer ${token}` };
  await expect
    .poll(async () => {
      const answer = await fetch(`${stack.gatewayUrl}/integrations/notion/${space}`, {
        headers: withToken,
      });
      return answer.status;
    })
    .toBe(401);
  const ended = async () =>
    (await counters(stack)).grants.find((one: { grant_id: string }) => one.grant_id === id);
  await expect.poll(async () => (await ended()).state).not.toBe("active"); // says Notion itself

  for (const one of [page, theirs]) {
    await one.goto(`/s/${space}/integrations`);
    await expect(one.getByRole("heading", { name: "This space was deleted" })).toBeVisible();
    await expect(one.getByText(`${idOf(owner)} deleted this space on`)).toBeVisible();
    await expect(one.getByRole("button", { name: "Create space" })).toBeVisible();
  }
  await expectAccessible(theirs);
  await theirs.goto(`/s/${space}/chat`);
  await expect(theirs.getByRole("heading", { name: "This space was deleted" })).toBeVisible();
  await context.close();

  const stranger = await browser.newPage({ baseURL: stack.url });
  await signIn(stranger);
  await stranger.goto(`/s/${space}/integrations`);
  await expect(stranger.getByRole("heading", { name: "You cannot open this space" })).toBeVisible();
  await stranger.close();
});

test("a sole owner is told why they cannot leave, hands the space over, and leaves", async ({
  page,
  stack,
}) => {
  test.setTimeout(480_000);
  await signIn(page);
  await createFirstSpace(page, "Handed on");
  const space = spaceIdOf(page);
  await goTo(page, "members");
  await page.getByRole("button", { name: "Leave this space" }).click();
  const leaving = page.getByRole("dialog", { name: "Leave Handed on?" });
  await expect(leaving.getByText("You are its only owner, and a space needs one.")).toBeVisible();
  await expect(leaving.getByText("nobody else in it who could own it")).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press("Escape");

  const next = idOf(somebody());
  stack.operate("spaces", "add-member", space, next);
  await reloadUntil(page, (within) =>
    expect(page.getByRole("button", { name: "Hand over…" })).toBeVisible(within),
  );
  await page.getByRole("button", { name: "Hand over…" }).click();
  const handing = page.getByRole("dialog", { name: "Hand over Handed on" });
  await expect(handing.getByLabel("New owner")).toHaveValue(next);
  await expect(handing.getByRole("radio", { name: "I become a member" })).toBeChecked();
  await handing.getByRole("radio", { name: "I stay an owner as well" }).check();
  await expectAccessible(page);
  await handing.getByRole("button", { name: "Hand over" }).click();
  await expect(note(page, `${next} owns Handed on now`)).toBeVisible();
  await expect(page.getByLabel(`Role of ${next}`)).toHaveValue("owner");

  // Alone again, and leaving in the same step.
  stack.operate("spaces", "add-member", space, next, "--role", "member");
  await reloadUntil(page, (within) =>
    expect(page.getByLabel(`Role of ${next}`)).toHaveValue("member", within),
  );
  await page.getByRole("button", { name: "Leave this space" }).click();
  await expect(leaving.getByRole("radio", { name: "I leave the space" })).toBeChecked();
  await leaving.getByRole("button", { name: "Hand over" }).click();
  await expect(note(page, "You left Handed on")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Create your first space" })).toBeVisible();
});

/** A gateway hears up to two seconds later of what a command has changed. */
async function reloadUntil(page: Page, shows: (within: { timeout: number }) => Promise<void>) {
  await expect(async () => {
    await page.reload();
    await shows({ timeout: 1000 });
  }).toPass();
}
