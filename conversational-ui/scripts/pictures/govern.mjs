import { connected, opened, receiver, signedIn, signIn, spaceIdOf, stack, top } from "./stage.mjs";

/** What a team decides, sees and is told. */
export async function govern(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const card = (name) => page.getByRole("region", { name, exact: true });
  const dialog = page.getByRole("dialog");
  /** It stays for as long as the pointer is on it. */
  const toastGone = async () => {
    await page.mouse.move(0, 0);
    await page.getByRole("button", { name: "Dismiss" }).waitFor({ state: "hidden" });
  };
  await signedIn(page, person);

  await page.getByRole("button", { name: "Add webhook" }).click();
  await dialog.getByLabel("Address").fill(receiver.url);
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  receiver.state.secret = await dialog.getByTestId("secret").innerText();
  receiver.state.status = 204;
  await dialog.getByRole("button", { name: "Done" }).click();
  await connected(page);
  await page.goto("/integrations");
  await page.getByText("MCP connected").waitFor();

  const policy = card("What may be called");
  await policy.getByRole("button", { name: "Change…" }).click();
  await dialog.getByRole("radio", { name: /^No deleting/ }).check();
  await picture("policy-presets");
  await dialog.getByRole("button", { name: "Save" }).click();
  await policy.getByText("Last changed by").waitFor();
  await toastGone();
  await policy.getByRole("button", { name: "Tools and rules" }).click();
  const asked = dialog.getByRole("group", { name: "Create pages" });
  await asked.getByLabel("Ask").check();
  await asked.scrollIntoViewIfNeeded();
  await picture("policy-tools");
  await dialog.getByRole("button", { name: "Save" }).click();
  await policy.getByText("1 tool set").waitFor();
  await toastGone();
  await top(policy);
  await picture("policy");
  await policy.getByRole("button", { name: "Tools and rules" }).click();
  await dialog.getByRole("tab", { name: "Rules" }).click();
  await dialog.getByText("By what a call says").waitFor();
  await picture("policy-rules");
  await dialog.getByRole("tab", { name: "History" }).click();
  await dialog.getByText("Preset: No deleting.").waitFor();
  await picture("policy-history");
  await page.keyboard.press("Escape");

  const webhooks = card("Webhooks");
  await webhooks.getByRole("button", { name: /^Send test to / }).click();
  await webhooks.getByText(/^The test arrived/).waitFor();
  await top(webhooks);
  await picture("webhooks");
  await webhooks.getByRole("button", { name: /^Messages to / }).click();
  await dialog.getByText("Notion was connected").waitFor();
  await picture("webhook-messages");
  await page.keyboard.press("Escape");

  await page.goto("/chat");
  const say = async (text) => {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.getByLabel("Message", { exact: true }).press("Enter");
  };
  await say("Find the Team Handbook and summarise it");
  await page.getByRole("button", { name: "Copy answer" }).waitFor();
  await say(`Add a to-do "Order a plant (${look})" to the Onboarding Checklist`);
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByRole("button", { name: "Copy answer" }).nth(1).waitFor();
  const calls = card("Calls").getByRole("listitem");
  const changed = calls.filter({ hasText: "Update page" });
  for (let looks = 0; looks < 100 && (await changed.count()) === 0; looks++) {
    await page.goto("/activity"); // calls are recorded a moment after their end
  }
  await picture("activity");
  const folded = page.getByText("Filter", { exact: true }); // on a phone
  if (await folded.isVisible()) await folded.click();
  await page.getByRole("combobox", { name: "Calls" }).selectOption("true");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  const inUse = page.getByText("Filter, in use").or(page.getByRole("link", { name: "Show all" }));
  await inUse.filter({ visible: true }).first().waitFor();
  await picture("activity-changes");

  await page.getByRole("button", { name: "What is recorded" }).click();
  await dialog.getByLabel(/^For a number of days/).check();
  await dialog.getByLabel(/^Arguments/).check();
  await picture("activity-recording");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText(/Their arguments are recorded, as/).waitFor();
  const space = spaceIdOf(page);
  await context.close();
  await ofMember(look, `Mira of ${look}`, space, options);
}

/** A member sees their own calls, and what is recorded of them. */
async function ofMember(look, person, space, options) {
  stack.operate("spaces", "add-member", space, person.toLowerCase().replaceAll(" ", "-"));
  const { context, page, picture } = await opened(look, options);
  await signIn(page, person);
  await page.goto(`/s/${space}/chat`);
  await page.getByLabel("Message", { exact: true }).fill("Find the Team Handbook");
  await page.getByLabel("Message", { exact: true }).press("Enter");
  await page.getByRole("button", { name: "Copy answer" }).waitFor();
  const calls = page.getByRole("region", { name: "Calls" }).getByRole("listitem");
  for (let looks = 0; looks < 100 && (await calls.count()) === 0; looks++) {
    await page.goto(`/s/${space}/activity`); // as above
  }
  await calls.first().getByText("Details").click();
  await top(page.getByRole("region", { name: "Calls" }));
  await picture("my-activity");
  await context.close();
}
