import { expect, it } from "vitest";
import { clientLines, isOnThisMachine, loginLines, serverName } from "@/lib/client-lines";

it("what is pasted into a client leads to the space, with the token in a header", () => {
  const lines = clientLines(
    "https://gw.example",
    { space_id: "sp-1", name: "Team" },
    "nmgp_secret",
  );
  expect(lines.map(({ client }) => client)).toEqual(["Claude Code", "Cursor", "VS Code"]);
  for (const { text } of lines) {
    expect(text).toContain("https://gw.example/mcp/notion/sp-1");
    expect(text).toContain("Bearer nmgp_secret");
    expect(text).not.toContain("?");
  }
  expect(JSON.parse(lines[1]?.text ?? "")).toHaveProperty("mcpServers.notion-sp-1.url");
  expect(JSON.parse(lines[2]?.text ?? "")).toHaveProperty("servers.notion-sp-1.type", "http");
});

it("what is typed for a login is the bare address, in every client's own form", () => {
  const lines = loginLines("https://gw.example", { space_id: "sp 1", name: "Team" });
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
    mcpServers: { "notion-sp-1": { url: "https://gw.example/mcp/notion/sp%201" } },
  });
  expect(configured("VS Code")).toHaveProperty("servers.notion-sp-1.type", "http");
  expect(configured("Gemini CLI")).toHaveProperty("mcpServers.notion-sp-1.httpUrl");
});

it.each([
  ["roadmap", "Whatever", "notion-roadmap"],
  ["team@birch.example", "Birch", "notion-team-birch-example"],
  ["sp-0123456789abcdef0123", "Roadmap", "notion-roadmap-0123"],
  ["sp-0123456789abcdef4567", "Roadmap", "notion-roadmap-4567"],
  ["sp-0123456789abcdef0123", "Büro \u2013 Köln!", "notion-buro-koln-0123"],
  ["sp-0123456789abcdef0123", "計画", "notion-0123"],
])("the server of %s, %s, has a name of its own: %s", (space_id, name, expected) => {
  expect(serverName({ space_id, name })).toBe(expected);
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
