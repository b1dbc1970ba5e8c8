"use client";

import type { Route } from "next";
import { useCallback, useEffect, useState } from "react";
import type { Started, Whose } from "@/lib/api-types";
import { browserProblem } from "@/lib/browser-problems";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

/**
 * Sends the browser to Notion's consent page, and afterwards on to ``returnPath``, an address of
 * the space. A whole page, no pop-up: nothing is blocked, and nothing has to be waited for.
 */
export function useConnect(spaceId: string, whose: Whose, returnPath: Route) {
  const [pending, setPending] = useState(false);
  const [fault, setFault] = useState<Problem>();
  useEffect(() => {
    // Whoever comes back with the browser's button finds the page as they left it: waiting.
    const shown = (event: PageTransitionEvent) => event.persisted && setPending(false);
    window.addEventListener("pageshow", shown);
    return () => window.removeEventListener("pageshow", shown);
  }, []);
  const connect = useCallback(async () => {
    setPending(true);
    setFault(undefined);
    const started = await callApi<Started>(spaceApi(spaceId, "/notion/consent"), {
      method: "POST",
      body: { whose, returnPath },
    });
    if (started.ok && /^https?:$/.test(URL.parse(started.value.authorizeUrl)?.protocol ?? "")) {
      window.location.assign(started.value.authorizeUrl);
      return; // still pending: the page is about to go
    }
    setFault(started.ok ? browserProblem("gateway_unsuitable", 502) : started.problem);
    setPending(false);
  }, [spaceId, whose, returnPath]);
  return { connect, pending, fault };
}
