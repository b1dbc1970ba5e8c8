import type { Space } from "@/lib/api-types";

/** What to paste where, so that an MCP client uses the space's connection with a gateway token. */
export interface ClientLines {
  client: string;
  /** Where it goes: a terminal, or a file. */
  where: string;
  text: string;
}

/** How somebody connects a client by logging in, with the bare address. */
export interface ClientLogin extends ClientLines {
  /** What to do after that; nothing where the client asks by itself. */
  after?: string;
}

export function mcpUrl(gatewayUrl: string, spaceId: string): string {
  return `${gatewayUrl}/mcp/notion/${encodeURIComponent(spaceId)}`;
}

type Named = Pick<Space, "space_id" | "name">;

/** Ids that the gateway makes; others are an operator's, and say something to people. */
const MADE_ID = /^sp-[0-9a-f]{20}$/;

/** What the space's server is called in a client: two spaces are two servers there. */
export function serverName({ space_id, name }: Named): string {
  const own = MADE_ID.test(space_id) ? [name, space_id.slice(-4)] : [space_id];
  return ["notion", ...own.map((part) => slug(part).slice(0, 32))].filter(Boolean).join("-");
}

/** Claude Code and Codex take these characters alone. */
const slug = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

export function clientLines(gatewayUrl: string, space: Named, token: string): ClientLines[] {
  const url = mcpUrl(gatewayUrl, space.space_id);
  const server = serverName(space);
  const headers = { Authorization: `Bearer ${token}` };
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    {
      client: "Claude Code",
      where: "In a terminal",
      text: `claude mcp add --transport http ${server} '${url}' \\\n  --header 'Authorization: Bearer ${token}'`,
    },
    {
      client: "Cursor",
      where: "In ~/.cursor/mcp.json",
      text: json({ mcpServers: { [server]: { url, headers } } }),
    },
    {
      client: "VS Code",
      where: "In .vscode/mcp.json",
      text: json({ servers: { [server]: { type: "http", url, headers } } }),
    },
  ];
}

/** Without a token: each opens a page of the gateway, on which the person signs in and allows it. */
export function loginLines(gatewayUrl: string, space: Named): ClientLogin[] {
  const url = mcpUrl(gatewayUrl, space.space_id);
  const server = serverName(space);
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    {
      client: "Claude",
      where: "Under Settings, Connectors: add a custom connector with this address",
      text: url,
      after:
        "Choose Connect beside it. Claude calls from its makers' servers, so the address has to be reachable from the internet.",
    },
    {
      client: "Claude Code",
      where: "In a terminal",
      text: `claude mcp add --transport http ${server} '${url}'\nclaude mcp login ${server}`,
    },
    {
      client: "Cursor",
      where: "In ~/.cursor/mcp.json",
      text: json({ mcpServers: { [server]: { url } } }),
      after: "Choose Connect in the settings, under MCP.",
    },
    {
      client: "VS Code",
      where: "In .vscode/mcp.json",
      text: json({ servers: { [server]: { type: "http", url } } }),
      after: "Start the server where the file shows it, and allow the login.",
    },
    {
      client: "ChatGPT",
      where: "Under Settings, Connectors, with developer mode on: create one with this address",
      text: url,
      after:
        "Choose OAuth. ChatGPT calls from its makers' servers, so the address has to be reachable from the internet.",
    },
    {
      client: "Codex",
      where: "In a terminal",
      text: `codex mcp add ${server} --url '${url}'`,
    },
    {
      client: "Gemini CLI",
      where: "In ~/.gemini/settings.json",
      text: json({ mcpServers: { [server]: { httpUrl: url } } }),
      after: `In Gemini, type /mcp auth ${server}.`,
    },
    {
      client: "Another client",
      where: "Wherever it asks for an MCP server's address (streamable HTTP)",
      text: url,
      after:
        "It asks you to log in. One that only starts programs can run npx -y mcp-remote with this address.",
    },
  ];
}

/** Whether programs elsewhere could reach it at all: not on a machine of one's own. */
export function isOnThisMachine(gatewayUrl: string): boolean {
  const { hostname } = new URL(gatewayUrl);
  return (
    hostname === "localhost" || hostname.endsWith(".localhost") || /^(127\.|\[::1\])/.test(hostname)
  );
}
