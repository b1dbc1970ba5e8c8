import { mcpUrl } from "@/lib/client-lines";
import type { FinishedCall } from "@/lib/console/calls";

/** What a shell puts in the token's place; the command of ours reads the variable by itself. */
const TOKEN = "$NOTION_GATEWAY_TOKEN";
const VERSION_IN_META = "io.modelcontextprotocol/protocolVersion";
/** The newest before calls said their own version; Notion wants no session then. */
const OLDER_VERSION = "2025-11-25";

type Called = Pick<FinishedCall, "tool" | "input" | "messages">;

/** The same call with curl, for whoever has a gateway token. */
export function asCurl(gatewayUrl: string, spaceId: string, call: Called): string {
  const message = sentMessage(call);
  const meta = recordOf(recordOf(message.params)._meta);
  const version = meta[VERSION_IN_META];
  const headers = [
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
    `MCP-Protocol-Version: ${typeof version === "string" ? version : OLDER_VERSION}`,
    // From 2026-07-28 on they repeat what the body says.
    ...(version === undefined ? [] : ["Mcp-Method: tools/call", `Mcp-Name: ${call.tool}`]),
  ];
  return [
    `curl ${quoted(mcpUrl(gatewayUrl, spaceId))}`,
    `--header "Authorization: Bearer ${TOKEN}"`,
    ...headers.map((header) => `--header ${quoted(header)}`),
    `--data-raw ${quoted(JSON.stringify(message))}`,
  ].join(" \\\n  ");
}

/** The same call with the gateway's own command. */
export function asCommand(
  gatewayUrl: string,
  spaceId: string,
  { tool, input }: Pick<Called, "tool" | "input">,
): string {
  return [
    "notion-gateway tools call",
    `--gateway ${quoted(gatewayUrl)} --space ${quoted(spaceId)}`,
    `--args-json ${quoted(JSON.stringify(input ?? {}))}`,
    `-- ${quoted(tool)}`,
  ].join(" \\\n  ");
}

/** As it went to Notion; made anew where that is not known any more. */
function sentMessage({ tool, input, messages }: Called): Record<string, unknown> {
  const sent = messages.find(
    ({ direction, message }) => direction === "sent" && recordOf(message).method === "tools/call",
  );
  if (sent) return recordOf(sent.message);
  const params = { name: tool, arguments: input ?? {} };
  return { jsonrpc: "2.0", id: 1, method: "tools/call", params };
}

/** One word for a POSIX shell, whatever stands in it. */
export function quoted(text: string): string {
  if (/^[\w@%+:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
