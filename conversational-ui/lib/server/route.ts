import "server-only";

import type { NextRequest } from "next/server";
import type { z } from "zod";
import type { Whose } from "@/lib/api-types";
import { isIdentifier, isUserId } from "@/lib/identifiers";
import { otherPerson } from "@/lib/person-problems";
import { forBrowser, type Problem, problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";
import { isFromThisSite } from "@/lib/server/same-origin";
import { type Person, person } from "@/lib/server/session";
import { SettingsError, signInSettings } from "@/lib/server/settings";
import { isOfOther } from "@/lib/whose-page";

const MAX_BODY_CHARACTERS = 64 * 1024;

/** What the browser sent makes no sense; nothing of it is quoted. */
export class BadRequest extends Error {
  override name = "BadRequest";
}

export interface Asked<Params> {
  request: NextRequest;
  person: Person;
  params: Params;
}

/**
 * A route of this site's own: for people who are signed in, from this site's pages, answering
 * JSON that no cache keeps. Whatever goes wrong is a problem in plain words (RFC 9457).
 */
export function route<Params = Record<never, string>>(
  answer: (asked: Asked<Params>) => Promise<unknown>,
  { status = 200 }: { status?: number } = {},
) {
  return async (
    request: NextRequest,
    { params }: { params: Promise<Params> },
  ): Promise<Response> => {
    try {
      const changes = request.method !== "GET" && request.method !== "HEAD";
      if (changes && !isFromThisSite(request.headers, signInSettings().publicUrl)) {
        return refuse(problem("cross_site", 403));
      }
      const who = await person();
      if (!who) return refuse(problem("signed_out", 401));
      if (isOfOther(request.headers, who.userId)) return refuse(otherPerson(who.name));
      const value = await answer({ request, person: who, params: await params });
      if (value === undefined) return new Response(null, { status: 204, headers: NO_STORE });
      return Response.json(value, { status, headers: NO_STORE });
    } catch (fault) {
      return refused(fault);
    }
  };
}

const NO_STORE = { "cache-control": "no-store" };

export function refuse(it: Problem, retryAfterSeconds: number | null = null): Response {
  return Response.json(it, {
    status: it.status,
    headers: {
      ...NO_STORE,
      "content-type": "application/problem+json",
      ...(retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
  });
}

function refused(fault: unknown): Response {
  if (fault instanceof GatewayError)
    return refuse(forBrowser(fault.problem), fault.retryAfterSeconds);
  if (fault instanceof BadRequest) {
    return refuse(problem("invalid_request", 422, { detail: fault.message }));
  }
  if (fault instanceof SettingsError) {
    console.error(`misconfigured: ${fault.message}`);
    return refuse(problem("misconfigured", 500));
  }
  console.error("a route failed", fault instanceof Error ? fault.stack : typeof fault);
  return refuse(problem("internal", 500));
}

/** Which connection an address means: the one that everybody shares, or the person's own. */
export function whoseOf({ nextUrl }: NextRequest): Whose {
  const whose = nextUrl.searchParams.get("whose") ?? "shared";
  if (whose !== "shared" && whose !== "personal")
    throw new BadRequest("whose is shared or personal.");
  return whose;
}

/** The body as the schema has it. Raises BadRequest. */
export async function bodyOf<S extends z.ZodType>(
  request: NextRequest,
  schema: S,
  maxCharacters = MAX_BODY_CHARACTERS,
): Promise<z.infer<S>> {
  // A form of another site can send text/plain without asking first, but never this.
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    throw new BadRequest("The body must be application/json.");
  }
  const text = await request.text();
  if (text.length > maxCharacters) throw new BadRequest("The body is too large.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest("The body is not JSON.");
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new BadRequest(`${issue?.path.join(".") || "body"}: ${issue?.message ?? "malformed"}`);
}

/** The user id that the path ends with, unescaped once, whoever else may. Raises BadRequest. */
export function userIdOfPath(request: NextRequest): string {
  let userId: string | null = null;
  try {
    userId = decodeURIComponent(new URL(request.url).pathname.split("/").at(-1) ?? "");
  } catch {
    // no UTF-8
  }
  if (!isUserId(userId)) throw new BadRequest("userId is missing or malformed.");
  return userId;
}

export function identifier(value: unknown, name: string): string {
  if (!isIdentifier(value)) throw new BadRequest(`${name} is missing or malformed.`);
  return value;
}
