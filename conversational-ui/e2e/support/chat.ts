import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { connect, createFirstSpace, expect, goTo, type Stack, signIn, spaceIdOf } from "./test";

/** A stack whose chat has the simulator's model. */
export const MODEL = { MODEL_BASE_URL: "{simulator}/v1", MODEL_NAME: "scripted-demo" };

export const HANDBOOK = "Find the Team Handbook and summarise it";

/** Tests share the simulated workspaces: each writes something of its own. */
let written = 0;
export const todo = () => `Water plant number ${process.pid}-${++written}`;
export const adding = (what: string) => `Add a to-do "${what}" to the Onboarding Checklist`;

/** What a summary of the handbook says, in the answer rather than in a tool's result. */
export const summary = (page: Page) =>
  page
    .getByRole("log")
    .getByRole("paragraph")
    .filter({ hasText: "A decision that is only in a chat has not been made" });

/** What can be asked about the person's recent pages, once Notion has told them. */
export const suggestion = (page: Page) =>
  page.getByRole("button", { name: /^(Summarise a page|Look into a database)/ });

export const tool = (page: Page, state: string) => page.locator(`article[data-state="${state}"]`);
export const approve = (page: Page) => page.getByRole("button", { name: "Approve", exact: true });

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByLabel("Message").press("Enter");
}

/** Signed in, with a space that is connected to one of the simulator's workspaces. */
export async function arrive(page: Page, stack: Stack, workspace?: string): Promise<string> {
  await control(stack, "faults", undefined, "DELETE");
  const name = await signIn(page);
  await createFirstSpace(page);
  if (workspace === undefined) await connect(page, stack);
  else {
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.waitForURL(`${stack.simulatorUrl}/**`);
    await page.getByLabel(workspace).check();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${stack.url}/integrations/notion/callback*`);
  }
  await expect(page.getByRole("heading", { name: "MCP connected" })).toBeVisible();
  await goTo(page, "chat");
  await expect(suggestion(page).first()).toBeVisible();
  return name;
}

export const control = async (stack: Stack, path: string, body?: unknown, method = "POST") => {
  const answer = await fetch(`${stack.simulatorUrl}/_simulator/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok, await answer.clone().text()).toBe(true);
  return answer.status === 204 ? null : answer.json();
};
export const counters = (stack: Stack) => control(stack, "counters", undefined, "GET");
export const wait = (stack: Stack, query: string) =>
  control(stack, `wait?${query}&timeout_seconds=20`, undefined, "GET");

/** Does what makes a call, and returns once Notion has it: it is answered late, by a fault. */
export async function untilSlowed(stack: Stack, does: () => Promise<unknown>): Promise<void> {
  const before = (await counters(stack)).faults["mcp/slow"] ?? 0;
  await does();
  await wait(stack, `path=faults.mcp/slow&at_least=${before + 1}`);
}

/** What "Export as Markdown" saves of the conversation with that title. */
export async function exported(page: Page, title: string): Promise<string> {
  await page.getByRole("button", { name: `Options for ${title}` }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Export as Markdown" }).click(),
  ]);
  return readFile(await download.path(), "utf8");
}

/** What is on a page, read by hand, beside the conversation. */
export async function readPage(page: Page, query: string): Promise<string> {
  const spaceId = spaceIdOf(page);
  const asked = { spaceId, query };
  return page.evaluate(async ({ spaceId, query }) => {
    const call = async (name: string, given: unknown) => {
      const answer = await fetch(`/api/spaces/${encodeURIComponent(spaceId)}/tools/call`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          policy: { rules: {}, readOnly: true },
          name,
          arguments: given,
          approved: false,
        }),
      });
      const lines = (await answer.text()).trim().split("\n");
      return JSON.parse(JSON.parse(lines.at(-1) ?? "").content[0].text);
    };
    const { results } = await call("notion-search", { query });
    return (await call("notion-fetch", { id: results[0].id })).text;
  }, asked);
}
