import { isToolUIPart, type UIMessage } from "ai";
import { BEGUN, withEnd } from "@/lib/chat/answer-end";
import { askedAnew } from "@/lib/chat/ask-anew";
import { ruleForCall } from "@/lib/chat/call-rule";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import { type ToolPart, type ToolView, viewOf } from "@/lib/chat/tool-state";

/**
 * The conversation as it is when a failed call of its last answer runs once more: what the model made
 * of the failure is gone, as it goes on from here. Where calls of that kind are asked about, or
 * nobody knows whether it was done, it waits for the person's word first. Null where there is no
 * such call.
 */
export function rerun<M extends UIMessage>(
  messages: M[],
  toolCallId: string,
  policy: ToolPolicy,
): M[] | null {
  const last = messages.at(-1);
  const part = last?.parts.find((one) => isToolUIPart(one) && one.toolCallId === toolCallId);
  if (!last || !part || !isToolUIPart(part)) return null;
  const view = viewOf(part, false);
  if (view.state !== "failed" && view.state !== "unknown") return null;
  const at = last.parts.indexOf(part);
  const next = last.parts.findIndex(({ type }, index) => index > at && type === "step-start");
  const asks = view.state === "unknown" || ruleOf(view, policy) === "ask";
  const parts = last.parts
    .slice(0, next < 0 ? undefined : next)
    .with(at, asks ? askedAnew(part) : asBegun(part));
  const end = asks ? "complete" : BEGUN.end;
  return withEnd([...messages.slice(0, -1), { ...last, parts }], end);
}

const ruleOf = ({ name, kind, isAskedBySpace, takesAway, input }: ToolView, policy: ToolPolicy) =>
  ruleForCall(
    { name, kind, ...(isAskedBySpace && { space: "ask" }), ...(takesAway && { takesAway }) },
    input,
    policy,
  );

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
