"use client";

import { useEffect, useState } from "react";
import { runTool } from "@/lib/chat/run-tool";
import type { NotionTool, Progress, RawMessage } from "@/lib/chat/tool";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import type { FinishedCall } from "@/lib/console/calls";
import type { Arguments } from "@/lib/console/json-arguments";
import { isStopKey } from "@/lib/stop-key";

/** The request, and the latest of what was said after it. */
const MOST_MESSAGES = 200;

/**
 * One call at a time of a tool. Escape cancels it, and so does whoever leaves the page, but for what
 * they have approved: that goes on, and stands in the history.
 */
export function useCall(
  spaceId: string,
  tool: NotionTool,
  policy: ToolPolicy,
  onFinished: (call: FinishedCall) => void,
) {
  const [running, setRunning] = useState<{
    controller: AbortController;
    approved: boolean;
  } | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [last, setLast] = useState<FinishedCall | null>(null);

  useEffect(() => {
    if (!running) return;
    const onKey = (event: KeyboardEvent) => isStopKey(event) && running.controller.abort();
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [running]);
  useEffect(
    () => () => {
      if (!running?.approved) running?.controller.abort();
    },
    [running],
  );

  const run = async (input: Arguments, approved: boolean) => {
    const controller = new AbortController();
    const began = performance.now();
    setRunning({ controller, approved });
    setProgress(null);
    setLast(null);
    const messages: RawMessage[] = [];
    const end = await runTool(
      { spaceId, policy, name: tool.name, arguments: input, approved },
      {
        signal: controller.signal,
        onProgress: setProgress,
        onMessage: (message) => {
          if (messages.length === MOST_MESSAGES) messages.splice(1, 1);
          messages.push(message);
        },
      },
    );
    const call: FinishedCall = {
      id: crypto.randomUUID(),
      tool: tool.name,
      title: tool.title,
      input,
      end,
      messages,
      at: new Date().toISOString(),
      milliseconds: performance.now() - began,
    };
    setRunning(null);
    setLast(call);
    onFinished(call);
    return call;
  };
  return { running, progress, last, run, cancel: () => running?.controller.abort() };
}
