import "server-only";

import type { Outcome } from "@/lib/call-api";
import { type Problem, problem } from "@/lib/problems";
import { type Principal, principalHeaders } from "@/lib/server/principal";
import { gatewaySettings, SettingsError } from "@/lib/server/settings";

/** The gateway said no, or said nothing; ``problem`` has the words for a person. */
export class GatewayError extends Error {
  override name = "GatewayError";
  constructor(
    readonly problem: Problem,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(problem.reason);
  }
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string> | [string, string][];
  body?: unknown;
  /** JSON as a person wrote it, sent as it is instead of ``body``. */
  text?: string;
  timeoutMilliseconds?: number;
  signal?: AbortSignal | undefined;
}

const TIMEOUT = 10_000;
/** How the record of calls names this site. */
const USER_AGENT = "Conversational UI";

/**
 * One call in a person's name; the answer's JSON, or undefined for 204.
 *
 * Raises GatewayError, and nothing else.
 */
export async function callGateway(
  principal: Principal,
  path: string,
  { method = "GET", query, body, text: written, timeoutMilliseconds = TIMEOUT, signal }: Call = {},
): Promise<unknown> {
  const requestId = crypto.randomUUID();
  const sent = written ?? (body === undefined ? null : JSON.stringify(body));
  let answer: Response;
  let text: string;
  try {
    const url = `${gatewaySettings().endpoint}${path}${query ? `?${new URLSearchParams(query)}` : ""}`;
    const timeout = AbortSignal.timeout(timeoutMilliseconds);
    answer = await fetch(url, {
      method,
      headers: {
        accept: "application/json",
        "x-request-id": requestId,
        ...(sent === null ? {} : { "content-type": "application/json" }),
        ...(await principalHeaders(principal)),
      },
      body: sent,
      cache: "no-store",
      redirect: "error",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await answer.text();
  } catch (fault) {
    throw new GatewayError(silence(fault, requestId));
  }
  if (answer.ok) {
    if (answer.status === 204) return undefined;
    const value = parsed(text);
    if (value === undefined) {
      throw new GatewayError(problem("gateway_unsuitable", 502, { request_id: requestId }));
    }
    return value;
  }
  throw new GatewayError(
    refusal(answer.status, text, answer.headers.get("x-request-id") ?? requestId),
    retryAfter(answer.headers.get("retry-after")),
  );
}

/** Why there is no answer at all. */
export function silence(fault: unknown, requestId: string | null): Problem {
  if (fault instanceof SettingsError) {
    console.error(`misconfigured: ${fault.message}`);
    return problem("misconfigured", 500);
  }
  const timedOut = fault instanceof Error && fault.name === "TimeoutError";
  return timedOut
    ? problem("gateway_timeout", 504, { request_id: requestId })
    : problem("gateway_unreachable", 502, { request_id: requestId });
}

/**
 * This site has waited as long as it does. The gateway begins an answer when Notion has begun its
 * own: one that stalls is Notion's. Where none begins it is the gateway that is silent, for when
 * Notion is, it says so itself.
 */
export const late = (hasBegun: boolean): Problem =>
  problem(hasBegun ? "upstream_timeout" : "gateway_timeout", 504);

/** A refusal in the gateway's words; an answer that is no problem+json is not the gateway's. */
export function refusal(status: number, text: string, requestId: string | null): Problem {
  const given = parsed(text);
  if (typeof given !== "object" || given === null || !("reason" in given)) {
    return problem(status >= 500 ? "gateway_unreachable" : "gateway_unsuitable", 502, {
      detail: `The answer had status ${status}.`,
      request_id: requestId,
    });
  }
  const { reason, detail } = given as { reason: unknown; detail?: unknown };
  return problem(reason, status, {
    detail: typeof detail === "string" ? detail.slice(0, 500) : null,
    request_id: requestId,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryAfter(value: string | null): number | null {
  const seconds = Number(value);
  return value !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/**
 * A ``fetch`` that calls the gateway in a person's name, for clients that bring their own
 * transport (MCP). Every request gets a signature of its own: a stream may outlive one.
 */
export function gatewayFetch(principal: Principal): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
    for (const [name, value] of Object.entries(await principalHeaders(principal))) {
      headers.set(name, value);
    }
    headers.set("user-agent", USER_AGENT);
    return fetch(input, { ...init, headers, cache: "no-store", redirect: "error" });
  };
}

/** An answer or a problem, for pages that show either. */
export async function settled<T>(asked: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await asked };
  } catch (fault) {
    if (fault instanceof GatewayError) return { ok: false, problem: fault.problem };
    throw fault;
  }
}
