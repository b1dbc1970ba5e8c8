"use client";

import { useCallback, useEffect, useSyncExternalStore } from "react";
import { useToast } from "@/components/ui/toast";
import { keepPolicy, keyOf, type Owner, readPolicy } from "@/lib/chat/conversations";
import type { NotionTool } from "@/lib/chat/tool";
import { NO_POLICY, ownRule, type ToolPolicy, withRule } from "@/lib/chat/tool-policy";

/** As this tab knows them, whichever of its pages has changed them. */
const known = new Map<string, ToolPolicy>();
const listeners = new Set<() => void>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

function know(owner: Owner, policy: ToolPolicy): void {
  known.set(keyOf(owner), policy);
  for (const listener of listeners) listener();
}

function change(owner: Owner, next: ToolPolicy): void {
  know(owner, next);
  keepPolicy(owner, next).catch(() => {}); // it holds as long as the page does
}

/** The person's choices for this space's tools; null until they have been read. */
export function usePolicy(owner: Owner) {
  const key = keyOf(owner);
  const policy = useSyncExternalStore(
    subscribe,
    () => known.get(key) ?? null,
    () => null,
  );
  useEffect(() => {
    const before = known.get(key);
    const read = (kept: ToolPolicy) => {
      if (known.get(key) === before) know(owner, kept);
    };
    readPolicy(owner).then(read, () => read(before ?? NO_POLICY));
  }, [owner, key]);
  return [policy, useCallback((next: ToolPolicy) => change(owner, next), [owner])] as const;
}

export type StopAsking = (tool: Pick<NotionTool, "name" | "kind" | "title">) => void;

/** Has a tool run without being asked about, says so, and offers to undo it. */
export function useStopAsking(owner: Owner): StopAsking {
  const toast = useToast();
  return useCallback(
    (tool) => {
      const now = () => known.get(keyOf(owner)) ?? NO_POLICY;
      const before = ownRule(tool, now());
      if (before === "allow") return;
      change(owner, withRule(now(), tool, "allow"));
      toast({
        title: `“${tool.title}” is not asked about any more`,
        detail:
          "For you in this space, in this browser. What takes something away is asked about still.",
        action: {
          label: "Undo",
          onAct: () => {
            change(owner, withRule(now(), tool, before));
            toast({ title: `“${tool.title}” is asked about again` });
          },
        },
      });
    },
    [owner, toast],
  );
}
