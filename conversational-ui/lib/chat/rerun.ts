import { isToolUIPart, type UIMessage } from "ai";
import { BEGUN } from "@/lib/chat/answer-end";
import { type ToolPart, viewOf } from "@/lib/chat/tool-state";

/**
 * The conversation as it is when a failed call of its last answer runs once more: what the model made
 * of the failure is gone, as it goes on from here. Null where there is no such call.
 */
export function rerun<M extends UIMessage>(messages: M[], toolCallId: string): M[] | null {
  const last = messages.at(-1);
  const at = last?.parts.findIndex((one) => isFailed(one, toolCallId)) ?? -1;
  if (!last || at < 0) return null;
  const next = last.parts.findIndex(({ type }, index) => index > at && type === "step-start");
  const parts = last.parts
    .slice(0, next < 0 ? undefined : next)
    .with(at, asBegun(last.parts[at] as ToolPart));
  const metadata = { ...(last.metadata ?? {}), ...BEGUN };
  return [...messages.slice(0, -1), { ...last, parts, metadata }];
}

const isFailed = (part: UIMessage["parts"][number], toolCallId: string): boolean =>
  isToolUIPart(part) && part.toolCallId === toolCallId && viewOf(part, false).state === "failed";

/** Nothing of how it ended, or of who had approved that. */
function asBegun(part: ToolPart): ToolPart {
  const {
    errorText: _,
    output: __,
    approval: ___,
    ...call
  } = part as ToolPart & {
    output?: unknown;
  };
  return { ...call, state: "input-available" } as ToolPart;
}
