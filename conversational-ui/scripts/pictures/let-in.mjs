import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { opened, stack } from "./stage.mjs";

/** The gateway's own page for a program on a machine without a browser. */
export async function letIn(look, person, options = {}) {
  const { context, page, picture } = await opened(look, options);
  const user = person.split(" ")[0].toLowerCase();
  const space = `field-${look}`;
  stack.operate("spaces", "create", "Field team", "--user", user, "--id", space);
  const command =
    process.env.NOTION_GATEWAY_COMMAND ??
    resolve(import.meta.dirname, "../../../.venv/bin/notion-gateway");
  const child = spawn(
    command,
    ["login", "--gateway", stack.gatewayUrl, "--space", space, "--keep-in", "file"],
    { cwd: stack.folder, env: { PATH: process.env.PATH, HOME: stack.folder } },
  );
  let said = "";
  const link = new Promise((then, fail) => {
    child.once("exit", () => fail(new Error(`The login ended: ${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part) => {
        said += part;
        const found = /link: (\S+)\n/.exec(said);
        if (found) then(found[1]);
      });
    }
  });
  await page.goto(`${stack.gatewayUrl}/oauth/device`);
  await page.getByLabel("Name").fill(user);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Code").fill("BBBB-BBBB");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("alert").waitFor();
  await picture("device-wrong");
  await page.goto(await link);
  await page.getByText("Did somebody send you this code or this link?").waitFor();
  await picture("device", { fullPage: true });
  const end = new Promise((then) => child.once("exit", then));
  await page.getByRole("button", { name: "Deny" }).click();
  await end;
  await context.close();
}
