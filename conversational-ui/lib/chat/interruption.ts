import { isToolUIPart, type UIMessage, type UIMessagePart } from "ai";
import { chatProblem, needsConsent, problemIn } from "@/lib/chat/failures";

type Part = UIMessage["parts"][number];
type ToolPart = Extract<Part, { toolCallId: string }>;

/** A call whose end was not seen: it was being written, waited, or ran. */
export const isOpen = (part: ToolPart): boolean =>
  part.state === "input-streaming" ||
  part.state === "input-available" ||
  part.state === "approval-requested" ||
  (part.state === "approval-responded" && part.approval.approved) ||
  (part.state === "output-available" && part.preliminary === true);

/**
 * The conversation with every call ended: what ran was stopped, what waited for an answer did not
 * get one. So a later message never runs what an earlier one asked for.
 */
export function ended<M extends UIMessage>(messages: M[]): M[] {
  return mapTools(messages, (part) => {
    if (!isOpen(part)) return part;
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
      errorText: JSON.stringify(chatProblem("cancelled", 499)),
    } as ToolPart;
  });
}

/**
 * The conversation as it was before what failed, to be sent again: completed steps stay, so that
 * nothing that has been done is done twice.
 */
export function retryable<M extends UIMessage>(messages: M[]): M[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return messages;
  let { parts } = last;
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
    const errorText =
      problem.reason === "cancelled"
        ? "The call was cancelled by the person."
        : `The tool call failed. ${problem.title}${problem.detail ? `: ${problem.detail}` : "."}`;
    return { ...part, errorText };
  });
}

/** A message in which nothing changes stays the same one: it is not drawn, saved or sent again. */
function mapTools<M extends UIMessage>(messages: M[], map: (part: ToolPart) => ToolPart): M[] {
  return messages.map((message) => {
    if (message.role !== "assistant") return message;
    const parts = message.parts.map((part) => (isToolUIPart(part) ? map(part) : part));
    return parts.every((part, at) => part === message.parts[at]) ? message : { ...message, parts };
  });
}
