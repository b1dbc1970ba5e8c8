"use client";

import { useCallback, useEffect, useState } from "react";
import { callApi } from "@/lib/call-api";
import type { NotionTool } from "@/lib/chat/tool";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

export type ToolList =
  | { state: "loading" }
  | { state: "ready"; tools: NotionTool[] }
  | { state: "failed"; problem: Problem };

/** The tools of the space's Notion, asked for while ``wanted``. */
export function useTools(spaceId: string, wanted = true) {
  const [list, setList] = useState<ToolList>({ state: "loading" });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again
  useEffect(() => {
    if (!wanted) return;
    const leaving = new AbortController();
    void callApi<{ tools: NotionTool[] }>(spaceApi(spaceId, "/tools"), {
      signal: leaving.signal,
    }).then((answer) => {
      if (leaving.signal.aborted) return;
      setList(
        answer.ok
          ? { state: "ready", tools: answer.value.tools }
          : { state: "failed", problem: answer.problem },
      );
    });
    return () => leaving.abort();
  }, [spaceId, wanted, round]);
  const again = useCallback(() => {
    setList({ state: "loading" });
    setRound((before) => before + 1);
  }, []);
  return { list, again };
}
