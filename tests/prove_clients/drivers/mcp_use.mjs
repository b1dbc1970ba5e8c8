// mcp-use, and its own login for programs that run outside of a browser.
import { MCPClient } from "mcp-use/client";
import { NodeOAuthClientProvider, auth } from "mcp-use/auth/node";
import { address, described, obey, textOf, token } from "./driving.mjs";

async function loggedIn() {
  const provider = await NodeOAuthClientProvider.create(address);
  if ((await auth(provider, { serverUrl: address })) === "REDIRECT") {
    const authorizationCode = await provider.getAuthorizationCode();
    await auth(provider, { serverUrl: address, authorizationCode });
  }
  return provider;
}

const server = token
  ? { url: address, headers: { Authorization: `Bearer ${token}` } }
  : { url: address, authProvider: await loggedIn() };
const client = new MCPClient({ mcpServers: { notion: server } });
const session = await client.createSession("notion");

await obey(
  async () => described(await session.connector.listTools()),
  async (name, args) => textOf(await session.connector.callTool(name, args)),
);
