"use client";

import useSWR from "swr";
import { ask, type Refused } from "@/lib/ask";
import type { Problem } from "@/lib/problems";

export type Loaded<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "failed"; problem: Problem };

/**
 * What one of this site's routes answers: asked again when somebody comes back to the page, and by
 * ``again``, and the last is shown meanwhile. ``isSlow``: Notion is asked, so only by ``again``.
 */
export function useLoaded<T>(path: string, { isSlow = false } = {}) {
  const { data, error, mutate } = useSWR<T, Refused>(path, ask, {
    dedupingInterval: 0, // what was just changed here is asked for anew
    revalidateOnFocus: !isSlow,
    revalidateOnReconnect: !isSlow,
    shouldRetryOnError: false,
  });
  return { loaded: loadedOf(data, error), again: () => void mutate() };
}

function loadedOf<T>(data: T | undefined, error: Refused | undefined): Loaded<T> {
  if (error) return { state: "failed", problem: error.problem };
  return data === undefined ? { state: "loading" } : { state: "ready", value: data };
}
