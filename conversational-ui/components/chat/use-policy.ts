"use client";

import { useCallback, useEffect, useState } from "react";
import { keepPolicy, type Owner, readPolicy } from "@/lib/chat/conversations";
import { NO_POLICY, type ToolPolicy } from "@/lib/chat/tool-policy";

/** The person's choices for this space's tools; null until they have been read. */
export function usePolicy(owner: Owner) {
  const [policy, setPolicy] = useState<ToolPolicy | null>(null);
  useEffect(() => {
    let left = false;
    readPolicy(owner).then(
      (kept) => left || setPolicy(kept),
      () => left || setPolicy(NO_POLICY),
    );
    return () => {
      left = true;
    };
  }, [owner]);
  const change = useCallback(
    (next: ToolPolicy) => {
      setPolicy(next);
      keepPolicy(owner, next).catch(() => {}); // it holds as long as the page does
    },
    [owner],
  );
  return [policy, change] as const;
}
