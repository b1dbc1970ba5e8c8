import "server-only";

import { dynamicTool, type JSONValue, jsonSchema, type ToolSet } from "ai";
import type { NotionConnection } from "@/lib/ai/tools/notion_mcp";
import { ruleForCall } from "@/lib/chat/call-rule";
import {
  isToolOutput,
  type NotionTool,
  type Progress,
  type ToolOutput,
  textOf,
} from "@/lib/chat/tool";
import { ruleFor, type ToolPolicy } from "@/lib/chat/tool-policy";
import type { Problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";

/** A call that failed: in words for the model, with the problem for the person. */
export class ToolFailure extends Error {
  override name = "ToolFailure";
  constructor(readonly problem: Problem) {
    super(`The tool call failed. ${wordsFor(problem)}`);
  }
  /** What the model gets, and may say to the person: without the name of a class. */
  override toString(): string {
    return this.message;
  }
}

export const wordsFor = ({ title, detail }: Problem): string =>
  detail ? `${title}: ${detail}` : `${title}.`;

const MOST_CHARACTERS = 60_000;

/** The connection's tools for a model: what is blocked is not even offered. */
export function toolset(connection: NotionConnection, policy: ToolPolicy): ToolSet {
  const offered = connection.tools.filter((tool) => ruleFor(tool, policy) !== "block");
  return Object.fromEntries(offered.map((tool) => [tool.name, forModel(tool, connection, policy)]));
}

/** Whether a person is asked first. The AI SDK asks again when an approved call is about to run. */
export function approvalFor(connection: NotionConnection, policy: ToolPolicy) {
  return ({ toolCall }: { toolCall: { toolName: string; input: unknown } }) => {
    const tool = connection.tools.find(({ name }) => name === toolCall.toolName);
    const rule = tool ? ruleForCall(tool, toolCall.input, policy) : "block";
    if (rule === "allow") return "not-applicable" as const;
    if (rule === "ask") return "user-approval" as const;
    return { type: "denied" as const, reason: "This tool is blocked." };
  };
}

/** Where a person is asked, it runs only after they have approved the call. */
function forModel(tool: NotionTool, connection: NotionConnection, policy: ToolPolicy) {
  return dynamicTool({
    description: tool.description,
    metadata: {
      title: tool.title,
      kind: tool.kind,
      space: tool.space ?? null,
      ...(tool.takesAway === undefined ? {} : { takesAway: tool.takesAway as JSONValue }),
      ...(tool.app === undefined ? {} : { app: tool.app }),
    },
    inputSchema: jsonSchema(tool.inputSchema),
    execute: (input, { abortSignal }) =>
      withProgress((onProgress) =>
        connection
          .call(tool.name, input, {
            signal: abortSignal ?? new AbortController().signal,
            onProgress,
            approved: ruleForCall(tool, input, policy) === "ask",
          })
          .catch((fault: unknown) => {
            throw fault instanceof GatewayError ? new ToolFailure(fault.problem) : fault;
          }),
      ),
    toModelOutput: ({ output }) => forPrompt(output),
  });
}

/** What the model reads of a result. */
export function forPrompt(output: unknown) {
  if (!isToolOutput(output) || output.kind === "progress") {
    return { type: "error-text" as const, value: "The call was cancelled." };
  }
  const text = textOf(output);
  const value =
    text.length > MOST_CHARACTERS
      ? `${text.slice(0, MOST_CHARACTERS)}\n[The rest was left out: ${text.length - MOST_CHARACTERS} characters.]`
      : text;
  return output.isError ? { type: "error-text" as const, value } : { type: "text" as const, value };
}

/** Yields progress as it is reported, then the result. */
export async function* withProgress<R extends ToolOutput>(
  call: (onProgress: (progress: Progress) => void) => Promise<R>,
): AsyncGenerator<Progress | R, void> {
  let reported: Progress | undefined;
  let wake = () => {};
  let over = false;
  const result = call((progress) => {
    reported = progress;
    wake();
  });
  const finished = () => {
    over = true;
    wake();
  };
  result.then(finished, finished);
  while (!over) {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (over || reported) resolve();
    });
    if (reported && !over) yield reported;
    reported = undefined;
  }
  yield await result;
}
