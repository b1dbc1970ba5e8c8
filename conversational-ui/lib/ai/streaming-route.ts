import "server-only";

import type { NextRequest } from "next/server";
import type { z } from "zod";
import { type Asked, BadRequest, route } from "@/lib/server/route";

/** What is new in a conversation, or as much of it as ``lib/chat/sent-turn.ts`` has room for. */
const MAX_BODY_CHARACTERS = 8 * 1024 * 1024;

/** No cache, no compression and no proxy may hold a stream back. */
export const STREAM_HEADERS = {
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** As ``route``, with its checks and its refusals, for answers that are streams. */
export function streamingRoute<Params>(answer: (asked: Asked<Params>) => Promise<Response>) {
  return async (request: NextRequest, context: { params: Promise<Params> }): Promise<Response> => {
    let streamed: Response | undefined;
    const guarded = route<Params>(async (asked) => {
      try {
        streamed = await answer(asked);
      } catch (fault) {
        if (!request.signal.aborted) throw fault; // else nobody is there to be told
      }
    });
    const answered = await guarded(request, context);
    return streamed ?? answered;
  };
}

/** The body as the schema has it; larger than the other routes' may be. Raises BadRequest. */
export async function largeBodyOf<S extends z.ZodType>(
  request: NextRequest,
  schema: S,
): Promise<z.infer<S>> {
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    throw new BadRequest("The body must be application/json.");
  }
  if (Number(request.headers.get("content-length")) > MAX_BODY_CHARACTERS) {
    throw new BadRequest("This is too much at once. Ask for less, in a new conversation.");
  }
  const value: unknown = await request.json().catch(() => undefined);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new BadRequest(`${issue?.path.join(".") || "body"}: ${issue?.message ?? "malformed"}`);
}
