import { isToolUIPart, type UIMessage } from "ai";
import type { ToolEnd } from "@/lib/chat/run-tool";
import { type ToolPart, viewOf } from "@/lib/chat/tool-state";

/** A failed call of the last answer, to be run once more; null where there is no such one. */
export function failedCall(messages: readonly UIMessage[], toolCallId: string) {
  const part = messages.at(-1)?.parts.find((one) => isCall(one, toolCallId)) as
    | ToolPart
    | undefined;
  if (!part) return null;
  const view = viewOf(part, false);
  return view.state === "failed" ? { name: view.name, arguments: view.input } : null;
}

/**
 * The conversation as it is once the call has ended as it did now: what the model made of its
 * failure is gone, so that it goes on from here.
 */
export function rerun<M extends UIMessage>(messages: M[], toolCallId: string, end: ToolEnd): M[] {
  const last = messages.at(-1);
  const at = last?.parts.findIndex((one) => isCall(one, toolCallId)) ?? -1;
  if (!last || at < 0) return messages;
  const next = last.parts.findIndex(({ type }, index) => index > at && type === "step-start");
  const { errorText: _, output: __, ...call } = last.parts[at] as ToolPart & { output?: unknown };
  const ended =
    end.kind === "result"
      ? { ...call, state: "output-available", output: end.result }
      : { ...call, state: "output-error", errorText: JSON.stringify(end.problem) };
  // Where it has failed again the model's words about that stay.
  const isDone = end.kind === "result" && !end.result.isError;
  const parts = last.parts.slice(0, isDone && next > 0 ? next : undefined);
  return [...messages.slice(0, -1), { ...last, parts: parts.with(at, ended as ToolPart) }];
}

const isCall = (part: UIMessage["parts"][number], toolCallId: string): boolean =>
  isToolUIPart(part) && part.toolCallId === toolCallId;
