import type { ToolEnd } from "@/lib/chat/run-tool";
import type { RawMessage } from "@/lib/chat/tool";

/** A tool that was run by hand, and what came of it. */
export interface FinishedCall {
  id: string;
  tool: string;
  title: string;
  input: unknown;
  end: ToolEnd;
  /** What went to Notion and what came back, as JSON-RPC, in order. */
  messages: RawMessage[];
  /** ISO 8601. */
  at: string;
  milliseconds: number;
  /** It was too large to be kept with its result and its messages. */
  isShortened?: boolean;
}

/** In JSON; fifty such are about 25 MB, which any browser gives room for. */
const MOST_CHARACTERS = 500_000;

/** As it is kept: of what is too large, only what was asked and how it ended. */
export function keepable(call: FinishedCall): FinishedCall {
  if (JSON.stringify(call).length <= MOST_CHARACTERS) return call;
  const end: ToolEnd =
    call.end.kind === "result"
      ? { kind: "result", result: { ...call.end.result, content: [], structuredContent: null } }
      : call.end;
  const shortened = { ...call, end, messages: [], isShortened: true };
  const fits = JSON.stringify(shortened).length <= MOST_CHARACTERS;
  return fits ? shortened : { ...shortened, input: {} };
}

export function outcomeOf(end: ToolEnd): { label: string; tone: "good" | "bad" | "plain" } {
  if (end.kind === "result") {
    return end.result.isError
      ? { label: "The tool failed", tone: "bad" }
      : { label: "Done", tone: "good" };
  }
  return end.problem.reason === "cancelled"
    ? { label: "Cancelled", tone: "plain" }
    : { label: "Failed", tone: "bad" };
}

/** With whose connection it was answered; empty where nobody has said. */
export function servedWords(end: ToolEnd): string {
  if (end.kind !== "result" || end.result.grant === undefined) return "";
  return end.result.grant === "personal" ? "by your own connection" : "by the team's connection";
}

export const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
