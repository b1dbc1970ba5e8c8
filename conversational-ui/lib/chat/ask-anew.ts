import { isToolUIPart, type UIMessage } from "ai";
import { mayHaveBegun, withEnd } from "@/lib/chat/answer-end";
import { cancelled } from "@/lib/chat/interruption";
import { isOpen } from "@/lib/chat/open-call";
import { type ToolPart, viewOf } from "@/lib/chat/tool-state";

/** The call waits for the person's word, whatever has become of it before. */
export function askedAnew(part: ToolPart): ToolPart {
  const {
    errorText: _,
    output: __,
    preliminary: ___,
    ...call
  } = part as ToolPart & { output?: unknown; preliminary?: boolean };
  // Without a model's signature: it is the person who has it run once more.
  const approval = { id: crypto.randomUUID() };
  return { ...call, state: "approval-requested", input: part.input ?? {}, approval } as ToolPart;
}

/**
 * The conversation where the last step of its last answer has calls of which nobody knows whether
 * they were done: they wait for the person's word anew. Null where there are none.
 */
export function unknownAnew<M extends UIMessage>(messages: M[]): M[] | null {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return null;
  const hasBegun = mayHaveBegun(last);
  const isUnknown = (part: M["parts"][number]) =>
    isToolUIPart(part) &&
    (viewOf(part, false, hasBegun).state === "unknown" ||
      (hasBegun && part.state === "approval-responded" && part.approval.approved));
  const start = last.parts.findLastIndex(({ type }) => type === "step-start");
  if (!last.parts.some((part, at) => at > start && isUnknown(part))) return null;
  const parts = last.parts.map((part, at) => {
    if (at < start || !isToolUIPart(part)) return part;
    if (isUnknown(part)) return askedAnew(part);
    return isOpen(part) ? cancelled(part) : part;
  });
  return withEnd([...messages.slice(0, -1), { ...last, parts } as M], "complete");
}
