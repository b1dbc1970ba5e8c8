import type { DynamicToolUIPart, ToolUIPart } from "ai";
import { isOutcomeUnknown, problemIn } from "@/lib/chat/failures";
import { asTakingAway, type TakingAway } from "@/lib/chat/taking-away";
import {
  isToolOutput,
  type Progress,
  type ToolKind,
  type ToolResult,
  textOf,
  titleOf,
} from "@/lib/chat/tool";
import type { Problem } from "@/lib/problems";

export type ToolPart = DynamicToolUIPart | ToolUIPart;

/** Everything a tool call can look like. */
export type ToolView = {
  id: string;
  name: string;
  title: string;
  kind: ToolKind;
  /** The space's policy wants a person to approve every call of it. */
  isAskedBySpace: boolean;
  /** Which of the tool's calls take away what is there, as the gateway says. */
  takesAway: TakingAway | undefined;
  /** The address of its own page for results (MCP Apps). */
  app: string | null;
  input: unknown;
} & (
  | { state: "preparing" }
  | { state: "waiting"; approvalId: string }
  | { state: "running"; progress: Progress | null }
  /** Approved, but the request that would have run it was refused. */
  | { state: "held" }
  /** It changes something, may have run, and how it ended was not seen. */
  | { state: "unknown"; problem: Problem | null }
  | { state: "done"; result: ToolResult }
  /** The tool ran and says that it failed, or the call itself did. */
  | { state: "failed"; result: ToolResult | null; problem: Problem | null; text: string }
  | { state: "cancelled" }
  | { state: "denied" }
);

export type ToolState = ToolView["state"];

/**
 * ``live``: the answer is still streaming. What is open in an answer that ended was cut off; false
 * ``hasBegun``: before anything that is approved in it was run.
 */
export function viewOf(part: ToolPart, live: boolean, hasBegun = true): ToolView {
  const metadata = (part.toolMetadata ?? {}) as {
    title?: string;
    kind?: ToolKind;
    space?: string | null;
    takesAway?: unknown;
    app?: string | null;
  };
  const name = part.type === "dynamic-tool" ? part.toolName : part.type.slice("tool-".length);
  const known = {
    id: part.toolCallId,
    name,
    title: metadata.title ?? titleOf(name),
    kind: metadata.kind ?? "destructive",
    isAskedBySpace: metadata.space === "ask",
    takesAway: asTakingAway(metadata.takesAway),
    app: metadata.app ?? null,
    input: part.input,
  };
  const cutOff =
    known.kind === "read"
      ? ({ state: "cancelled" } as const)
      : ({ state: "unknown", problem: null } as const);
  switch (part.state) {
    case "input-streaming":
      return { ...known, state: live ? "preparing" : "cancelled" };
    case "input-available":
      return live ? { ...known, state: "running", progress: null } : { ...known, ...cutOff };
    case "approval-requested":
      return { ...known, state: "waiting", approvalId: part.approval.id };
    case "approval-responded":
      if (!part.approval.approved) return { ...known, state: "denied" };
      if (live) return { ...known, state: "running", progress: null };
      return hasBegun ? { ...known, ...cutOff } : { ...known, state: "held" };
    case "output-denied":
      return { ...known, state: "denied" };
    case "output-error": {
      const problem = problemIn(part.errorText);
      if (problem?.reason === "cancelled") return { ...known, state: "cancelled" };
      if (problem && known.kind !== "read" && isOutcomeUnknown(problem)) {
        return { ...known, state: "unknown", problem };
      }
      return { ...known, state: "failed", result: null, problem, text: part.errorText };
    }
    case "output-available":
      return { ...known, ...ofOutput(part.output, live, cutOff) };
  }
}

function ofOutput<CutOff>(output: unknown, live: boolean, cutOff: CutOff) {
  if (!isToolOutput(output)) {
    const text = JSON.stringify(output);
    return { state: "failed", result: null, problem: null, text } as const;
  }
  if (output.kind === "progress") {
    return live ? ({ state: "running", progress: output } as const) : cutOff;
  }
  return output.isError
    ? ({ state: "failed", result: output, problem: null, text: textOf(output) } as const)
    : ({ state: "done", result: output } as const);
}
