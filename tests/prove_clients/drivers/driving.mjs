// What the programs beside it share: each line they read says what to do, each they write what
// came of it.
import { createInterface } from "node:readline";

export const address = process.argv[2];
export const token = process.env.MY_SPACE_TOKEN;

const args = { "notion-search": { query: "plan" } };

export const described = (tools) =>
  Object.fromEntries(tools.map((tool) => [tool.name, tool.description ?? ""]));
export const textOf = (answer) => answer.content.map((block) => block.text ?? "").join("");

/** Until there is nothing more to read. */
export async function obey(tools, call) {
  for await (const line of createInterface({ input: process.stdin })) {
    const wish = JSON.parse(line);
    let answer;
    try {
      answer =
        wish.do === "tools"
          ? { tools: await tools() }
          : { text: await call(wish.tool, args[wish.tool] ?? {}) };
    } catch (error) {
      answer = { failed: String(error) };
    }
    console.log(JSON.stringify(answer));
  }
  process.exit(0);
}
