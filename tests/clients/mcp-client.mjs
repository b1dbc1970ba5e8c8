// An unmodified @modelcontextprotocol/client that is given a server's address and nothing else.
//
// node mcp-client.mjs SERVER REDIRECT_URL
//
// Says {"open": URL} where a person's browser would open, and reads from standard input where
// that browser ended. Then says what it found, and once more with an access token that is no
// good any more.
import { createInterface } from "node:readline";
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";

const [server, redirectUrl] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

class Memory {
  get redirectUrl() {
    return redirectUrl;
  }
  get clientMetadata() {
    return {
      client_name: "TypeScript client",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }
  state() {
    return crypto.randomUUID();
  }
  clientInformation() {
    return this.client;
  }
  saveClientInformation(client) {
    this.client = client;
  }
  tokens() {
    return this.kept;
  }
  saveTokens(tokens) {
    this.kept = tokens;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  redirectToAuthorization(url) {
    say({ open: url.href });
  }
}

async function connected(memory) {
  const authProvider = memory;
  const transport = new StreamableHTTPClientTransport(new URL(server), { authProvider });
  const client = new Client({ name: "tests", version: "1" });
  try {
    await client.connect(transport);
    return client;
  } catch (fault) {
    if (!(fault instanceof UnauthorizedError)) throw fault;
    const { value } = await lines.next();
    await transport.finishAuth(new URL(value).searchParams);
    return connected(memory);
  }
}

async function used(client) {
  const { tools } = await client.listTools();
  const found = await client.callTool({ name: "notion-search", arguments: { query: "plan" } });
  await client.close();
  return { tools: tools.map((tool) => tool.name), text: found.content[0].text };
}

const memory = new Memory();
say(await used(await connected(memory)));
const { refresh_token } = memory.kept;
memory.saveTokens({ ...memory.kept, access_token: "nmga_no_good_any_more" });
say({ ...(await used(await connected(memory))), renewed: refresh_token !== memory.kept.refresh_token });
process.exit(0);
