"use client";

import { useEffect, useMemo, useRef } from "react";
import { type Decision, ToolCard } from "@/components/chat/tool-card";
import { PagesOf } from "@/components/chat/use-page";
import type { NotionTool } from "@/lib/chat/tool";
import type { Arguments } from "@/lib/console/json-arguments";

/** The chat's card of a call that waits for a person: what it will do, and whether it may. */
export function AskFirst({
  tool,
  input,
  spaceId,
  onDecide,
}: {
  tool: NotionTool;
  input: Arguments;
  spaceId: string;
  onDecide: (decision: Decision) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: for each call that waits
  useEffect(() => box.current?.focus(), [input]);
  const view = useMemo(
    () => ({
      id: "by-hand",
      approvalId: "by-hand",
      state: "waiting" as const,
      name: tool.name,
      title: tool.title,
      kind: tool.kind,
      isAskedBySpace: tool.space === "ask",
      takesAway: tool.takesAway,
      app: null, // named above
      input,
    }),
    [tool, input],
  );
  return (
    <PagesOf value={spaceId}>
      <div ref={box} tabIndex={-1} className="rounded-xl outline-offset-4">
        <ToolCard view={view} onDecide={onDecide} />
      </div>
    </PagesOf>
  );
}
