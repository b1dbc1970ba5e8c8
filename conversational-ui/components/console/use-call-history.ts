"use client";

import { useCallback, useEffect, useState } from "react";
import type { Owner } from "@/lib/chat/conversations";
import { forgetCalls, keepCall, listCalls, MOST_CALLS } from "@/lib/console/call-history";
import type { FinishedCall } from "@/lib/console/calls";

/** The person's calls by hand in this space: those that this browser has kept, and those of now. */
export function useCallHistory(owner: Owner) {
  const [calls, setCalls] = useState<FinishedCall[]>([]);
  useEffect(() => {
    let left = false;
    listCalls(owner).then(
      (kept) => left || setCalls((now) => [...now, ...kept].slice(0, MOST_CALLS)),
      () => {}, // the browser gives no room: it has kept none either
    );
    return () => {
      left = true;
    };
  }, [owner]);
  const add = useCallback(
    (call: FinishedCall) => {
      setCalls((before) => [call, ...before].slice(0, MOST_CALLS));
      keepCall(owner, call).catch(() => {}); // it is shown as long as the page is open
    },
    [owner],
  );
  const forget = useCallback(() => {
    setCalls([]);
    forgetCalls(owner).catch(() => {});
  }, [owner]);
  return { calls, add, forget };
}
