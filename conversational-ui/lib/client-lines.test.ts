import { expect, it } from "vitest";
import { clientLines } from "@/lib/client-lines";

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
