"use client";

import { useRouter } from "next/navigation";
import { useCallback, useEffect, useRef, useState } from "react";
import type { NotionStatus, Verification } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { spaceApi } from "@/lib/space-paths";

const FRESH_MILLISECONDS = 30_000;

/**
 * Checks the connection with a real call: when the page opens, and when somebody asks. ``serves``:
 * the person's calls go through it; those through another would say nothing of it.
 */
export function useVerification(
  spaceId: string,
  status: NotionStatus["status"],
  last: Verification | null,
  serves: boolean,
) {
  const router = useRouter();
  const [found, setFound] = useState(last);
  const [checking, setChecking] = useState(false);
  const latest = useRef(0);

  const check = useCallback(async () => {
    latest.current += 1;
    const mine = latest.current;
    setChecking(true);
    const outcome = await callApi<Verification>(spaceApi(spaceId, "/notion/verify"), {
      method: "POST",
    });
    if (mine !== latest.current) return;
    const result: Verification = outcome.ok
      ? outcome.value
      : { ok: false, at: new Date().toISOString(), problem: outcome.problem };
    setFound(result);
    setChecking(false);
    // What ended just now stands in the status and the history, too.
    if (!result.ok && result.problem.status === 401) router.refresh();
  }, [spaceId, router]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new status is checked; a new ``last`` is our own
  useEffect(() => {
    setFound(last);
    if (status !== "connected" || !serves) return;
    const fresh = last?.ok === true && Date.now() - Date.parse(last.at) < FRESH_MILLISECONDS;
    if (!fresh) void check();
    return () => {
      latest.current += 1;
    };
  }, [spaceId, status, serves, check]);

  return { verification: found, checking, check };
}
