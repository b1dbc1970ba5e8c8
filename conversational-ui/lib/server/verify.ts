import "server-only";

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { RpcRefusalCode, Tool, Verification } from "@/lib/api-types";
import { type Problem, problem } from "@/lib/problems";
import { GatewayError, gatewayFetch, late, silence } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";
import { gatewaySettings } from "@/lib/server/settings";
import packageJson from "@/package.json";

const TIMEOUT = 20_000;
const MOST_PAGES = 20;
const REFUSED: RpcRefusalCode = -32010;

/** A real call: whether Notion answers this space's connection right now, and with which tools. */
export async function verifyConnection(person: Person, spaceId: string): Promise<Verification> {
  const at = () => new Date().toISOString();
  try {
    const tools = await listTools(person, spaceId);
    return { ok: true, at: at(), tools };
  } catch (fault) {
    if (fault instanceof GatewayError) return { ok: false, at: at(), problem: fault.problem };
    throw fault;
  }
}

/** The tools of the space's connection. Raises GatewayError. */
export async function listTools(
  person: Person,
  spaceId: string,
  timeoutMilliseconds = TIMEOUT,
): Promise<Tool[]> {
  let refusal: Problem | undefined;
  /** The answer to the latest question. */
  let hasBegun = false;
  const call = gatewayFetch(acting(person, spaceId));
  const client = new Client(
    { name: "conversational-ui", version: packageJson.version },
    { versionNegotiation: { mode: "auto" } },
  );
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  try {
    const transport = new StreamableHTTPClientTransport(
      new URL(`${gatewaySettings().endpoint}/mcp/notion/proxy`),
      {
        fetch: async (input, init) => {
          const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
          const isQuestion = wantsAnswer(init);
          if (isQuestion) hasBegun = false;
          const answer = await call(input, { ...init, signal });
          if (isQuestion) hasBegun = true;
          refusal = (await rpcRefusal(answer)) ?? refusal;
          return answer;
        },
      },
    );
    await client.connect(transport, { timeout: timeoutMilliseconds });
    try {
      return await everyTool(client, timeoutMilliseconds);
    } finally {
      await transport.terminateSession().catch(() => {});
      await client.close();
    }
  } catch (fault) {
    throw new GatewayError(refusal ?? (timeout.aborted ? late(hasBegun) : silence(fault, null)));
  }
}

async function everyTool(client: Client, timeout: number): Promise<Tool[]> {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const listed = await client.listTools(cursor === undefined ? undefined : { cursor }, {
      timeout,
    });
    for (const { name, title, annotations } of listed.tools) {
      tools.push({
        name,
        title: title ?? annotations?.title ?? null,
        readOnly: annotations?.readOnlyHint === true,
      });
    }
    cursor = listed.nextCursor;
    if (cursor === undefined) break;
  }
  return tools;
}

/** Not where it only listens, or tells something: that a question which took too long is cancelled. */
export const wantsAnswer = (init: RequestInit | undefined): boolean =>
  init?.method === "POST" && typeof init.body === "string" && "id" in JSON.parse(init.body);

/** The gateway's own error on the proxy, in words; the body stays readable. */
export async function rpcRefusal(answer: Response): Promise<Problem | undefined> {
  if (answer.ok || !answer.headers.get("content-type")?.includes("json")) return undefined;
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => null);
  const error = (body as { error?: { code?: unknown; message?: unknown; data?: unknown } } | null)
    ?.error;
  if (error?.code !== REFUSED) return undefined;
  const data = error.data as { reason?: unknown; request_id?: unknown } | undefined;
  return problem(data?.reason, answer.status, {
    detail: typeof error.message === "string" ? error.message.slice(0, 500) : null,
    request_id: typeof data?.request_id === "string" ? data.request_id : null,
  });
}
