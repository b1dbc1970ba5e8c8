import { expect, it } from "vitest";
import { clientLines, isOnThisMachine, loginLines } from "@/lib/client-lines";

it("what is pasted into a client leads to the space, with the token in a header", () => {
  const lines = clientLines("https://gw.example", "sp-1", "nmgp_secret");
  expect(lines.map(({ client }) => client)).toEqual(["Claude Code", "Cursor", "VS Code"]);
  for (const { text } of lines) {
    expect(text).toContain("https://gw.example/mcp/notion/sp-1");
    expect(text).toContain("Bearer nmgp_secret");
    expect(text).not.toContain("?");
  }
  expect(JSON.parse(lines[1]?.text ?? "")).toHaveProperty("mcpServers.notion.url");
  expect(JSON.parse(lines[2]?.text ?? "")).toHaveProperty("servers.notion.type", "http");
});

it("what is typed for a login is the bare address, in every client's own form", () => {
  const lines = loginLines("https://gw.example", "sp 1");
  expect(lines.map(({ client }) => client)).toEqual([
    "Claude",
    "Claude Code",
    "Cursor",
    "VS Code",
    "ChatGPT",
    "Codex",
    "Gemini CLI",
    "Another client",
  ]);
  for (const { text, where } of lines) {
    expect(text).toContain("https://gw.example/mcp/notion/sp%201");
    expect(text).not.toMatch(/Bearer|Authorization/);
    expect(where).not.toBe("");
  }
  const configured = (client: string) =>
    JSON.parse(lines.find((one) => one.client === client)?.text ?? "");
  expect(configured("Cursor")).toEqual({
    mcpServers: { notion: { url: "https://gw.example/mcp/notion/sp%201" } },
  });
  expect(configured("VS Code")).toHaveProperty("servers.notion.type", "http");
  expect(configured("Gemini CLI")).toHaveProperty("mcpServers.notion.httpUrl");
});

it.each([
  ["http://localhost:8000", true],
  ["http://gateway.localhost", true],
  ["http://127.0.0.1:8000", true],
  ["http://[::1]:8000", true],
  ["https://gw.example", false],
  ["https://localhost.example", false],
])("knows which gateways nobody else reaches: %s", (url, expected) => {
  expect(isOnThisMachine(url)).toBe(expected);
});
