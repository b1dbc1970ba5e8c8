// The gateway's own page for a program on a machine without a browser, with the real command line.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectNoSideways, type Stack, test } from "./support/test";

test.use({
  gatewayEnvironment: { GATEWAY_LOCAL_SIGN_IN: "1" },
  // A code that is none is answered with 400, which browsers write into their console.
  expected: /the server responded with a status of 400/,
});

const command =
  process.env.NOTION_GATEWAY_COMMAND ??
  resolve(import.meta.dirname, "../../.venv/bin/notion-gateway");

interface Login {
  child: ChildProcess;
  code: string;
  /** The page with the code in it. */
  link: string;
  said: () => string;
}

/** ``notion-gateway login``, once it has printed its code. */
async function login(stack: Stack, space: string): Promise<Login> {
  const child = spawn(
    command,
    ["login", "--gateway", stack.gatewayUrl, "--space", space, "--keep-in", "file"],
    {
      cwd: stack.folder,
      env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", HOME: stack.folder },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      text += part.toString();
    });
  }
  const said = () => text;
  await expect.poll(said, { timeout: 60_000 }).toMatch(/link: http\S+\n/);
  const code = /^ {4}([A-Z]{4}-[A-Z]{4})$/m.exec(text)?.[1] ?? "";
  return { child, code, link: /link: (\S+)/.exec(text)?.[1] ?? "", said };
}

async function ended({ child }: Login): Promise<number | null> {
  if (child.exitCode === null) await once(child, "exit", { signal: AbortSignal.timeout(90_000) });
  return child.exitCode;
}

async function signInAtGateway(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
}

for (const [name, viewport] of [
  ["a desk", { width: 1280, height: 800 }],
  ["a phone", { width: 390, height: 844 }],
] as const) {
  test.describe(`on ${name}`, () => {
    test.use({ viewport });

    test("a person enters the code that a command line shows, and lets it in", async ({
      page,
      stack,
    }) => {
      test.setTimeout(600_000);
      const space = `device-${viewport.width}`;
      stack.operate("spaces", "create", "Field team", "--user", "ada", "--id", space);
      const waiting = await login(stack, space);
      const look = async () => {
        await expectNoSideways(page);
        await expectAccessible(page);
      };
      await page.goto(`${stack.gatewayUrl}/oauth/device`);
      await signInAtGateway(page, "ada");
      await expect(page.getByText(/Enter it only if/)).toBeVisible();
      await look();

      // A code that is none: said, and to be mended.
      await page.getByLabel("Code").fill("BBBB-BBBB");
      await page.getByRole("button", { name: "Go on" }).click();
      await expect(page.getByRole("alert")).toContainText("No program waits with this code");
      await expect(page.getByLabel("Code")).toHaveValue("BBBB-BBBB");
      await look();

      await page.getByLabel("Code").fill(waiting.code.toLowerCase().replace("-", " "));
      await page.getByRole("button", { name: "Go on" }).click();
      await expect(page.getByText(waiting.code)).toBeVisible();
      await expect(page.getByText("Did somebody send you this code or this link?")).toBeVisible();
      await expect(page.getByText("the command line").first()).toBeVisible();
      await expect(page.getByLabel("Read only")).toBeChecked();
      await look();
      await page.getByLabel("Read and write").check();
      await page.getByRole("button", { name: "Allow" }).click();
      await expect(page.getByText(/Go back to the program/)).toBeVisible();
      await look();
      expect(await ended(waiting)).toBe(0);
      expect(waiting.said()).toContain(`Logged in to ${space}`);

      // For one decision: the same link is good no more.
      await page.goto(waiting.link);
      await expect(page.getByRole("alert")).toContainText("No program waits with this code");
    });
  });
}

test("a program that is denied is told so, and gets nothing", async ({ page, stack }) => {
  test.setTimeout(600_000);
  stack.operate("spaces", "create", "Field team", "--user", "ada", "--id", "denied");
  const waiting = await login(stack, "denied");
  await page.goto(waiting.link);
  await signInAtGateway(page, "ada");
  await page.getByRole("button", { name: "Deny" }).click();
  await expect(page.getByText(/The program was not let in/)).toBeVisible();
  expect(await ended(waiting)).toBe(4);
  expect(waiting.said()).toContain("The login was denied in the browser.");
});
