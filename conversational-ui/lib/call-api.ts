import { browserProblem, isProblem } from "@/lib/browser-problems";
import type { Problem } from "@/lib/problems";
import { whosePage } from "@/lib/whose-page";

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** What went wrong, where something did. */
export const problemOf = (done: Outcome<unknown>): Problem | undefined =>
  done.ok ? undefined : done.problem;

/** One request to this site's own routes, from the browser. Never throws: a fault is an outcome. */
export async function callApi<T>(
  path: string,
  { method = "GET", body, signal }: { method?: string; body?: unknown; signal?: AbortSignal } = {},
): Promise<Outcome<T>> {
  try {
    const answer = await fetch(path, {
      method,
      headers: {
        ...whosePage(),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      cache: "no-store",
      signal: signal ?? null,
    });
    if (answer.status === 204) return { ok: true, value: undefined as T };
    const value: unknown = await answer.json();
    if (answer.ok) return { ok: true, value: value as T };
    return {
      ok: false,
      problem: isProblem(value) ? value : browserProblem("internal", answer.status),
    };
  } catch {
    return { ok: false, problem: browserProblem("offline", 0) };
  }
}
