import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { asCommand, asCurl, quoted } from "@/lib/console/call-lines";

const HOSTILE = 'it\'s $(touch /tmp/never) `id` "quoted" \\ $HOME; echo\nnext';
const shell = (script: string) =>
  execFileSync("sh", ["-c", script], {
    encoding: "utf8",
    timeout: 20_000,
    env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", NOTION_GATEWAY_TOKEN: "ngw_secret" },
  });
/** The words that a command would be given, when a shell has read the line. */
const wordsOf = (line: string, command: string): string[] =>
  JSON.parse(
    shell(
      `${command}() { '${process.execPath}' -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"; }\n${line}`,
    ),
  );

const call = (tool: string, input: unknown) => ({ tool, input, messages: [] });

it.each(["notion-search", "", HOSTILE, "-rf", "a b", "é"])(
  "is one word for a shell: %j",
  (text) => {
    expect(shell(`printf %s ${quoted(text)}`)).toBe(text);
  },
);

it("a command of ours says the same call, whatever is in it", () => {
  const line = asCommand("https://gw.example", "sp-1", call("notion-search", { query: HOSTILE }));
  const words = wordsOf(line.replace("notion-gateway", "notion_gateway"), "notion_gateway");
  expect(words.slice(0, 6)).toEqual([
    "tools",
    "call",
    "--gateway",
    "https://gw.example",
    "--space",
    "sp-1",
  ]);
  expect(JSON.parse(words[7] ?? "")).toEqual({ query: HOSTILE });
  expect(words.slice(-2)).toEqual(["--", "notion-search"]);
});

it("curl gets the message as it was sent, and a token only from the environment", () => {
  const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  const message = {
    jsonrpc: "2.0",
    id: 3,
    method: "tools/call",
    params: { name: "notion-search", arguments: { query: HOSTILE }, _meta: meta },
  };
  const line = asCurl("https://gw.example", "sp:1", {
    ...call("notion-search", { query: HOSTILE }),
    messages: [{ direction: "sent", message }],
  });
  expect(line).not.toContain("ngw_");
  const words = wordsOf(line, "curl");
  expect(words[0]).toBe("https://gw.example/mcp/notion/sp%3A1");
  expect(words).toContain("Authorization: Bearer ngw_secret");
  expect(words).toContain("MCP-Protocol-Version: 2026-07-28");
  expect(words).toContain("Mcp-Name: notion-search");
  expect(JSON.parse(words.at(-1) ?? "")).toEqual(message);
});

it("curl gets the call made anew where its messages are not kept", () => {
  const words = wordsOf(asCurl("http://localhost:8000", "demo", call("x", { a: 1 })), "curl");
  expect(words).toContain("MCP-Protocol-Version: 2025-11-25");
  expect(words.join(" ")).not.toContain("Mcp-Method");
  expect(JSON.parse(words.at(-1) ?? "").params).toEqual({ name: "x", arguments: { a: 1 } });
});
