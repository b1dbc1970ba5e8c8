// What a person sees of an answer after a reload, after another page, on another device, and where
// the gateway or the site's server was killed; a change whose text they edit; and two versions of a
// question.
import { connected, opened, settings, signedIn, signIn, stack } from "./stage.mjs";

const QUESTION = "Find the Team Handbook and summarise it";

export async function answers(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const say = async (text) => {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.getByLabel("Message", { exact: true }).press("Enter");
  };
  const begun = () => page.getByRole("log").getByText("I am a scripted").waitFor();
  const ended = () => page.getByRole("button", { name: "Copy answer" }).first().waitFor();

  await signedIn(page, person);
  await connected(page);

  await page.goto("/chat");
  await settings({ model_chunk_interval_seconds: 0.4 });
  await say(QUESTION);
  await begun();
  await page.waitForURL(/chat\/[0-9a-f-]{36}$/);
  await page.reload();
  await begun();
  await picture("answer-reloaded");

  await settings({ model_chunk_interval_seconds: 3 }); // another server takes a while to begin
  const address = new URL(page.url()).pathname;
  const there = await opened(look, options);
  await signIn(there.page, person);
  await there.page.goto(`${await stack.startReplica()}${address}`); // has it not in its memory
  await there.page.getByText("Being answered…").waitFor();
  await there.picture("answer-elsewhere");
  await there.context.close();

  await page.goto(address.replace(/chat\/.*/, "integrations"));
  await page.getByText("MCP connected").waitFor();
  await page.goto(address);
  await begun();
  await picture("answer-left");
  await settings({ model_chunk_interval_seconds: 0 });
  await ended();

  await page.getByRole("button", { name: "Edit the question" }).click();
  await page.getByLabel("The question in other words").fill("Who am I?");
  await page.getByRole("button", { name: "Ask again" }).click();
  await ended();
  await picture("answer-versions");

  await say(`Add a to-do "Water the flowers (${look})" to the Onboarding Checklist`);
  await page.getByRole("button", { name: "Edit the text" }).click();
  await page.getByLabel("What is added").fill(`- [ ] Water the flowers and the tree (${look})`);
  await picture("approval-edited");

  await page.goto("/chat");
  await settings({ model_chunk_interval_seconds: 0.4 });
  await say(QUESTION);
  await begun();
  await stack.stopGateway();
  await settings({ model_chunk_interval_seconds: 0 });
  await page.getByRole("button", { name: "Send" }).waitFor();
  await picture("answer-gateway-killed");
  await stack.startGateway();

  await page.goto("/chat");
  await settings({ model_chunk_interval_seconds: 0.4 });
  await say(QUESTION);
  await begun();
  await page.waitForURL(/chat\/[0-9a-f-]{36}$/);
  await stack.killSite();
  await settings({ model_chunk_interval_seconds: 0 });
  await stack.startSite();
  await page.reload();
  await page.getByText("This answer broke off.").waitFor();
  await page.getByRole("button", { name: "Try again" }).waitFor(); // not there as it first comes
  await picture("answer-broke-off");
  await context.close();
}
