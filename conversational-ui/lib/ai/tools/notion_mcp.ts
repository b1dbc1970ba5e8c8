import "server-only";

import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import type { Whose } from "@/lib/api-types";
import { chatProblem } from "@/lib/chat/failures";
import type { TakingAway } from "@/lib/chat/taking-away";
import {
  kindOf,
  type NotionTool,
  type Progress,
  type RawMessage,
  type ToolResult,
  titleOf,
} from "@/lib/chat/tool";
import type { ArgumentRule } from "@/lib/policy-document";
import { forBrowser, type Problem, problem } from "@/lib/problems";
import { GatewayError, gatewayFetch, late, silence } from "@/lib/server/gateway";
import { policyTools } from "@/lib/server/policy";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";
import { gatewaySettings, SettingsError } from "@/lib/server/settings";
import { rpcRefusal, wantsAnswer } from "@/lib/server/verify";
import packageJson from "@/package.json";

export const CONNECT_TIMEOUT = 30_000;
/**
 * Without a word, not even progress, for so long. Longer than the gateway waits for a call's turn
 * (30 s) and for Notion (120 s), so that it can say which of them it was.
 */
const SILENT_TIMEOUT = 160_000;
const CALL_TIMEOUT = 15 * 60_000;
const FAREWELL_TIMEOUT = 5_000;

export interface CallOptions {
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** The person has seen this very call and approved it: the space's policy may want that. */
  approved?: boolean;
}

/** An MCP connection to a space's Notion, through the gateway's proxy, in one person's name. */
export interface NotionConnection {
  tools: NotionTool[];
  /** Raises GatewayError, or the signal's reason where the call was cancelled. */
  call: (name: string, input: unknown, options: CallOptions) => Promise<ToolResult>;
  /** Lets cancellations leave, then ends the session. Never raises. */
  close: () => Promise<void>;
}

/**
 * A client that has greeted the space's Notion. ``onMessage`` gets all that is said. Raises
 * GatewayError, or the signal's reason.
 */
export async function openNotion(
  person: Person,
  spaceId: string,
  signal: AbortSignal,
  onMessage?: (message: RawMessage) => void,
) {
  const client = new Client(
    { name: "conversational-ui", version: packageJson.version },
    { versionNegotiation: { mode: "auto" } },
  );
  const { transport, leaving } = await attempt(signal, async () =>
    parting(gatewayFetch(acting(person, spaceId)), onMessage),
  );
  const active = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const close = async () => {
    await quietly(active);
    await quietly(leaving);
    await transport.terminateSession().catch(() => {});
    await client.close().catch(() => {});
  };

  try {
    await attempt(signal, () => client.connect(transport, { signal, timeout: CONNECT_TIMEOUT }));
  } catch (fault) {
    await close();
    throw fault;
  }
  return {
    client,
    active,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** With the tools it lists. Raises GatewayError, or the signal's reason. */
export async function connectNotion(
  person: Person,
  spaceId: string,
  signal: AbortSignal,
  onMessage?: (message: RawMessage) => void,
): Promise<NotionConnection> {
  const { client, active, close } = await openNotion(person, spaceId, signal, onMessage);
  try {
    const tools = await attempt(signal, async () => {
      const listed = await client.listTools(undefined, { signal, timeout: CONNECT_TIMEOUT });
      const space = await ofSpace(
        person,
        spaceId,
        listed.tools.map(({ name }) => name),
      );
      return listed.tools.map(
        ({ name, title, description, inputSchema, annotations, _meta }): NotionTool => ({
          name,
          title: titleOf(name, title, annotations?.title),
          description: description ?? "",
          inputSchema,
          kind: kindOf(annotations),
          ...space.get(name),
          app: appOf(_meta),
        }),
      );
    });
    return {
      tools,
      call: (name, input, options) =>
        kept(
          active,
          attempt(options.signal, () => callTool(client, name, input, options), options.approved),
        ),
      close,
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** The page that the tool would show its result in (MCP Apps; the second name is the older one). */
function appOf(meta: Record<string, unknown> | undefined): string | undefined {
  const { ui } = (meta ?? {}) as { ui?: { resourceUri?: unknown } };
  const uri = ui?.resourceUri ?? meta?.["ui/resourceUri"];
  return typeof uri === "string" ? uri.slice(0, 200) : undefined;
}

/** Notion's tools were once called without their prefix. */
const isAbout = (rule: ArgumentRule, tool: string) =>
  rule.tool === tool || rule.tool === `notion-${tool}`;

/** What the gateway, and the space's policy, make of its tools. Nothing where that cannot be read: it holds anyway. */
async function ofSpace(person: Person, spaceId: string, names: readonly string[]) {
  try {
    const { tools, taking_away } = await policyTools(person, spaceId, names);
    const rules = taking_away as unknown as ArgumentRule[];
    return new Map(
      tools.map(({ tool, effect, takes_away }) => {
        const takesAway: TakingAway | undefined =
          takes_away === "as_annotated"
            ? undefined
            : takes_away === "always" || rules.filter((rule) => isAbout(rule, tool));
        return [tool, { space: effect, takesAway }];
      }),
    );
  } catch (fault) {
    if (fault instanceof GatewayError) return new Map<string, never>();
    throw fault;
  }
}

async function callTool(
  client: Client,
  name: string,
  input: unknown,
  { signal, onProgress }: CallOptions,
): Promise<ToolResult> {
  const answer = await client.callTool(
    { name, arguments: (input ?? {}) as Record<string, unknown> },
    {
      signal,
      timeout: SILENT_TIMEOUT,
      resetTimeoutOnProgress: true,
      maxTotalTimeout: CALL_TIMEOUT,
      onprogress: ({ progress, total, message }) =>
        onProgress?.({
          kind: "progress",
          progress,
          total: total ?? null,
          message: message ?? null,
        }),
    },
  );
  const grant = attempts.getStore()?.grant;
  return {
    kind: "result",
    content: answer.content as ToolResult["content"],
    structuredContent: answer.structuredContent ?? null,
    isError: answer.isError === true,
    ...(grant && { grant }),
  };
}

/**
 * The transport, and the notifications that are on their way. Closing aborts whatever is still
 * being sent, and a ``notifications/cancelled`` that does not arrive leaves the tool running.
 */
function parting(call: typeof fetch, onMessage?: (message: RawMessage) => void) {
  const leaving = new Set<Promise<unknown>>();
  class Transport extends StreamableHTTPClientTransport {
    override send(...sent: Parameters<StreamableHTTPClientTransport["send"]>) {
      const [message] = sent;
      onMessage?.({ direction: "sent", message });
      const sending = super.send(...sent);
      return "id" in message ? sending : kept(leaving, sending);
    }
  }
  const transport = new Transport(new URL(`${gatewaySettings().endpoint}/mcp/notion/proxy`), {
    fetch: async (input, init) => {
      const seen = attempts.getStore();
      const isQuestion = wantsAnswer(init);
      if (seen && isQuestion) seen.hasBegun = false;
      const answer = await call(input, seen?.approved ? withApproval(init) : init);
      if (seen && isQuestion) seen.hasBegun = true;
      const refusal = await rpcRefusal(answer);
      if (refusal && seen) seen.refusal = refusal;
      const grant = answer.headers.get("x-notion-grant");
      if (seen && (grant === "shared" || grant === "personal")) seen.grant = grant;
      return answer;
    },
  });
  // The client hears them after this.
  transport.onmessage = (message) => onMessage?.({ direction: "received", message });
  return { transport, leaving };
}

/** What the gateway takes as the person's approval: of this body, byte for byte, and no other. */
export function withApproval(init: RequestInit | undefined): RequestInit | undefined {
  if (typeof init?.body !== "string") return init;
  const headers = new Headers(init.headers);
  headers.set("x-user-approved-call", createHash("sha256").update(init.body).digest("hex"));
  return { ...init, headers };
}

interface Attempt {
  refusal?: Problem;
  /** The answer to the latest question. */
  hasBegun: boolean;
  /** With whose connection the gateway served it, where that can differ. */
  grant?: Whose;
  approved: boolean;
}

/** What the gateway said beside the answer of each of several calls at a time: the SDK keeps none of it. */
const attempts = new AsyncLocalStorage<Attempt>();

export async function attempt<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  approved = false,
): Promise<T> {
  const seen: Attempt = { approved, hasBegun: false };
  try {
    return await attempts.run(seen, work);
  } catch (fault) {
    signal.throwIfAborted();
    if (seen.refusal) throw new GatewayError(forBrowser(seen.refusal));
    throw new GatewayError(translated(fault, seen.hasBegun));
  }
}

/** Exported for its tests. ``hasBegun``: the answer, before it failed. */
export function translated(fault: unknown, hasBegun: boolean): Problem {
  if (fault instanceof SettingsError) return silence(fault, null);
  if (fault instanceof SdkHttpError) {
    const { status } = fault;
    // 529 is Notion's own: its whole service has too much to do.
    if (status === 429 || status === 529) return problem("too_many_requests", 429);
    if (status !== undefined && status >= 500) return problem("upstream_unreachable", 502);
    return chatProblem("notion_refused", 502, { detail: `Notion answered with status ${status}.` });
  }
  if (fault instanceof ProtocolError) {
    return chatProblem("notion_refused", 502, { detail: fault.message });
  }
  if (fault instanceof SdkError) {
    // "Version negotiation probe failed": by what, stands in the cause.
    if (fault.cause instanceof Error) return translated(fault.cause, hasBegun);
    return fault.code === SdkErrorCode.RequestTimeout
      ? late(hasBegun)
      : chatProblem("notion_unsuitable", 502, { detail: fault.message });
  }
  return silence(fault, null);
}

function kept<T>(set: Set<Promise<unknown>>, promise: Promise<T>): Promise<T> {
  const settled = promise.then(
    () => {},
    () => {},
  );
  set.add(settled);
  void settled.then(() => set.delete(settled));
  return promise;
}

async function quietly(set: Set<Promise<unknown>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FAREWELL_TIMEOUT);
  });
  await Promise.race([Promise.allSettled([...set]), late]);
  clearTimeout(timer);
}
