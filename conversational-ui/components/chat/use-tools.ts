"use client";

import type { NotionTool } from "@/lib/chat/tool";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

export type ToolList =
  | { state: "loading" }
  | { state: "ready"; tools: NotionTool[] }
  | { state: "failed"; problem: Problem };

/** The tools of the space's Notion. */
export function useTools(spaceId: string): { list: ToolList; again: () => void } {
  const { loaded, again } = useLoaded<{ tools: NotionTool[] }>(spaceApi(spaceId, "/tools"), {
    isSlow: true,
  });
  const list = loaded.state === "ready" ? { ...loaded, tools: loaded.value.tools } : loaded;
  return { list, again };
}
