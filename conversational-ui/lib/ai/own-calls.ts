import "server-only";

import { isToolUIPart, type UIMessage, type UIMessageChunk } from "ai";
import { failureText } from "@/lib/ai/model-failures";
import type { NotionConnection } from "@/lib/ai/tools/notion_mcp";
import { ToolFailure, withProgress } from "@/lib/ai/tools/toolset";
import { chatProblem } from "@/lib/chat/failures";
import type { ToolOutput } from "@/lib/chat/tool";
import { ruleFor, type ToolPolicy } from "@/lib/chat/tool-policy";
import type { ToolPart } from "@/lib/chat/tool-state";

/**
 * Calls of the last message that are the person's own, as those are that they make by hand: no model
 * has made them as they are, or just now. They have approved them without its signature, or run
 * them ``again`` (ids) where nobody has to be asked.
 */
export function ownCalls(messages: readonly UIMessage[], again: readonly string[]): ToolPart[] {
  return (messages.at(-1)?.parts ?? []).filter((part): part is ToolPart => {
    if (!isToolUIPart(part)) return false;
    if (part.state === "input-available") return again.includes(part.toolCallId);
    const isApproved = part.state === "approval-responded" && part.approval.approved;
    return isApproved && part.approval.signature === undefined;
  });
}

/** Runs them, and tells how. Returns the messages with what they answered, for the model. */
export async function* runOwn(
  calls: readonly ToolPart[],
  messages: UIMessage[],
  connection: NotionConnection,
  policy: ToolPolicy,
  signal: AbortSignal,
): AsyncGenerator<UIMessageChunk, UIMessage[]> {
  const answers = new Map<string, object>();
  for (const { toolCallId, input, ...part } of calls) {
    const name = part.type === "dynamic-tool" ? part.toolName : part.type.slice("tool-".length);
    try {
      const tool = connection.tools.find((one) => one.name === name);
      if (!tool || ruleFor(tool, policy) === "block") {
        throw new ToolFailure(chatProblem(tool ? "tool_blocked" : "tool_missing", 409));
      }
      let last: ToolOutput | undefined;
      for await (const output of withProgress<ToolOutput>((onProgress) =>
        connection.call(name, input, { signal, onProgress, approved: true }),
      )) {
        last = output;
        const preliminary = output.kind === "progress";
        yield { type: "tool-output-available", toolCallId, output, preliminary, dynamic: true };
      }
      answers.set(toolCallId, { state: "output-available", output: last });
    } catch (fault) {
      const errorText = failureText(fault);
      yield { type: "tool-output-error", toolCallId, errorText, dynamic: true };
      answers.set(toolCallId, { state: "output-error", errorText });
    }
  }
  return messages.map((message, at) =>
    at < messages.length - 1 ? message : withAnswers(message, answers),
  );
}

function withAnswers(message: UIMessage, answers: ReadonlyMap<string, object>): UIMessage {
  const parts = message.parts.map((part) => {
    const answer = isToolUIPart(part) && answers.get(part.toolCallId);
    if (!answer) return part;
    const { approval: _, ...call } = part as ToolPart & { approval?: unknown };
    return { ...call, ...answer } as UIMessage["parts"][number];
  });
  return { ...message, parts };
}
