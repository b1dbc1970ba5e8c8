/** What to paste where, so that an MCP client uses the space's connection with a gateway token. */
export interface ClientLines {
  client: string;
  /** Where it goes: a terminal, or a file. */
  where: string;
  text: string;
}

export function mcpUrl(gatewayUrl: string, spaceId: string): string {
  return `${gatewayUrl}/mcp/notion/${encodeURIComponent(spaceId)}`;
}

export function clientLines(gatewayUrl: string, spaceId: string, token: string): ClientLines[] {
  const url = mcpUrl(gatewayUrl, spaceId);
  const headers = { Authorization: `Bearer ${token}` };
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    {
      client: "Claude Code",
      where: "In a terminal",
      text: `claude mcp add --transport http notion '${url}' \\\n  --header 'Authorization: Bearer ${token}'`,
    },
    {
      client: "Cursor",
      where: "In ~/.cursor/mcp.json",
      text: json({ mcpServers: { notion: { url, headers } } }),
    },
    {
      client: "VS Code",
      where: "In .vscode/mcp.json",
      text: json({ servers: { notion: { type: "http", url, headers } } }),
    },
  ];
}
