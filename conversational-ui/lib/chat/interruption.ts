import { isToolUIPart, type UIMessage, type UIMessagePart } from "ai";
import { mayHaveBegun } from "@/lib/chat/answer-end";
import { chatProblem, needsConsent, problemIn } from "@/lib/chat/failures";
import { isOpen } from "@/lib/chat/open-call";
import { type ToolPart, viewOf } from "@/lib/chat/tool-state";
import type { Problem } from "@/lib/problems";

type Part = UIMessage["parts"][number];

/**
 * The conversation with every call ended: what ran was stopped, what waited for an answer did not
 * get one. So a later message never runs what an earlier one asked for. Of a change that may have
 * begun it is not known whether it was made.
 */
export function ended<M extends UIMessage>(messages: M[]): M[] {
  return mapTools(messages, (part, message) => {
    if (!isOpen(part)) return part;
    const { state } = viewOf(part, false, mayHaveBegun(message));
    return withProblem(part, state === "unknown" ? "outcome_unknown" : "cancelled");
  });
}

export const cancelled = (part: ToolPart): ToolPart => withProblem(part, "cancelled");

function withProblem(part: ToolPart, reason: "outcome_unknown" | "cancelled"): ToolPart {
  const {
    approval: _,
    output: __,
    preliminary: ___,
    ...rest
  } = part as ToolPart & {
    output?: unknown;
    preliminary?: boolean;
  };
  return {
    ...rest,
    state: "output-error",
    input: part.input ?? {},
    errorText: JSON.stringify(chatProblem(reason, 499)),
  } as ToolPart;
}

/**
 * The conversation as it was before what failed, to be sent again: completed steps stay, so that
 * nothing that has been done is done twice.
 */
export function retryable<M extends UIMessage>(messages: M[]): M[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return messages;
  let { parts } = mayHaveBegun(last) ? { parts: last.parts.map(denied) } : last;
  while (parts.length > 0) {
    const start = Math.max(
      0,
      parts.findLastIndex(({ type }) => type === "step-start"),
    );
    if (isComplete(parts.slice(start))) break;
    parts = parts.slice(0, start);
  }
  const before = messages.slice(0, -1);
  return parts.length > 0 ? [...before, { ...last, parts }] : before;
}

/** A denial counts once: whoever may have heard it is not told it again, and the model is. */
const denied = (part: Part): Part =>
  isToolUIPart(part) && part.state === "approval-responded" && part.approval.approved === false
    ? ({ ...part, state: "output-denied" } as Part)
    : part;

/** A step that the model can go on from. */
function isComplete(step: UIMessagePart<never, never>[] | Part[]): boolean {
  const calls = (step as Part[]).filter(isToolUIPart);
  return (
    calls.length > 0 &&
    calls.every((call) => {
      if (call.state === "approval-responded") return true; // answered, and still to be run
      if (isOpen(call)) return false;
      if (call.state !== "output-error") return true;
      const problem = problemIn(call.errorText);
      return !problem || !(needsConsent(problem) || problem.reason === "cancelled");
    })
  );
}

/** Errors of tools as a model reads them: in words, without this site's JSON. */
export function inWords<M extends UIMessage>(messages: M[]): M[] {
  return mapTools(messages, (part) => {
    if (part.state !== "output-error") return part;
    const problem = problemIn(part.errorText);
    if (!problem) return part;
    return { ...part, errorText: wordsOf(problem, viewOf(part, false).state === "unknown") };
  });
}

function wordsOf(problem: Problem, isUnknown: boolean): string {
  if (problem.reason === "cancelled") return "The call was cancelled by the person.";
  const failed = `The tool call failed. ${problem.title}${problem.detail ? `: ${problem.detail}` : "."}`;
  return isUnknown ? `${failed} ${READ_FIRST}` : failed;
}

const READ_FIRST =
  "It may have been done all the same: read the page before you do anything like it again.";

/** A message in which nothing changes stays the same one: it is not drawn, saved or sent again. */
function mapTools<M extends UIMessage>(
  messages: M[],
  map: (part: ToolPart, message: M) => ToolPart,
): M[] {
  return messages.map((message) => {
    if (message.role !== "assistant") return message;
    const parts = message.parts.map((part) => (isToolUIPart(part) ? map(part, message) : part));
    return parts.every((part, at) => part === message.parts[at]) ? message : { ...message, parts };
  });
}
