"use client";

import { useCallback, useEffect, useSyncExternalStore } from "react";
import * as texts from "@/components/chat/console-texts";
import { useToast } from "@/components/ui/toast";
import { keyOf, type Owner } from "@/lib/chat/conversations";
import { changePolicy, onPolicyNews, type PolicyChange, readPolicy } from "@/lib/chat/kept-policy";
import type { NotionTool } from "@/lib/chat/tool";
import { NO_POLICY, ownRule, type ToolPolicy, withRule } from "@/lib/chat/tool-policy";

/** As this tab knows them, whichever of its pages has changed them. */
const known = new Map<string, ToolPolicy>();
const listeners = new Set<() => void>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

function know(key: string, policy: ToolPolicy): void {
  known.set(key, policy);
  for (const listener of listeners) listener();
}

/** Shown at once; then with what other tabs have changed. */
function change(owner: Owner, by: PolicyChange): void {
  const key = keyOf(owner);
  know(key, by(known.get(key) ?? NO_POLICY));
  changePolicy(owner, by).then(
    (next) => know(key, next),
    () => {}, // it holds as long as the page does
  );
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
    const read = () => {
      const before = known.get(key);
      const take = (kept: ToolPolicy) => {
        if (known.get(key) === before) know(key, kept);
      };
      readPolicy(owner).then(take, () => take(before ?? NO_POLICY));
    };
    read();
    return onPolicyNews((whose) => whose === key && read());
  }, [owner, key]);
  return [policy, useCallback((by: PolicyChange) => change(owner, by), [owner])] as const;
}

export type StopAsking = (tool: Pick<NotionTool, "name" | "kind" | "title">) => void;

/** Has a tool run without being asked about, says so, and offers to undo it. */
export function useStopAsking(owner: Owner): StopAsking {
  const toast = useToast();
  return useCallback(
    (tool) => {
      const before = ownRule(tool, known.get(keyOf(owner)) ?? NO_POLICY);
      if (before === "allow") return;
      change(owner, (now) => withRule(now, tool, "allow"));
      toast({
        title: texts.isNotAskedAbout(tool.title),
        detail: texts.forYouInThisSpace,
        action: {
          label: texts.undo,
          onAct: () => {
            change(owner, (now) => withRule(now, tool, before));
            toast({ title: texts.isAskedAboutAgain(tool.title) });
          },
        },
      });
    },
    [owner, toast],
  );
}
