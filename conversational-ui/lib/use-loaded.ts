"use client";

import { useCallback, useEffect, useState } from "react";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";

export type Loaded<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "failed"; problem: Problem };

/** What one of this site's routes answers; ``again`` asks once more, and shows the last meanwhile. */
export function useLoaded<T>(path: string) {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: "loading" });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again
  useEffect(() => {
    const leaving = new AbortController();
    void callApi<T>(path, { signal: leaving.signal }).then((answer) => {
      if (leaving.signal.aborted) return;
      setLoaded(
        answer.ok
          ? { state: "ready", value: answer.value }
          : { state: "failed", problem: answer.problem },
      );
    });
    return () => leaving.abort();
  }, [path, round]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return { loaded, again };
}
