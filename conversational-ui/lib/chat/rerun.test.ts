import type { UIMessage } from "ai";
import { expect, it } from "vitest";
import { chatProblem } from "@/lib/chat/failures";
import { failedCall, rerun } from "@/lib/chat/rerun";
import type { ToolResult } from "@/lib/chat/tool";

const problem = chatProblem("notion_refused", 502);
const call = (toolCallId: string, ended: object) =>
  ({
    type: "dynamic-tool",
    toolName: "notion-search",
    toolCallId,
    input: { query: "plan" },
    ...ended,
  }) as UIMessage["parts"][number];
const failed = call("c2", { state: "output-error", errorText: JSON.stringify(problem) });
const result: ToolResult = { kind: "result", content: [], structuredContent: 1, isError: false };
const done = (toolCallId: string) =>
  call(toolCallId, { state: "output-available", output: result });
const conversation: UIMessage[] = [
  { id: "u", role: "user", parts: [] },
  {
    id: "a",
    role: "assistant",
    parts: [
      { type: "step-start" },
      done("c1"),
      failed,
      { type: "step-start" },
      { type: "text", text: "It failed." },
    ],
  },
];

it("runs the same call once more, and the model goes on from its result", () => {
  expect(failedCall(conversation, "c2")).toEqual({
    name: "notion-search",
    arguments: { query: "plan" },
  });
  const after = rerun(conversation, "c2", { kind: "result", result });
  expect(after[1]?.parts).toEqual([{ type: "step-start" }, done("c1"), done("c2")]);
  expect(conversation[1]?.parts).toHaveLength(5);
});

it("leaves what was said where the call fails again", () => {
  const other = chatProblem("cancelled", 499);
  const after = rerun(conversation, "c2", { kind: "problem", problem: other });
  expect(after[1]?.parts[2]).toMatchObject({ errorText: JSON.stringify(other) });
  expect(after[1]?.parts).toHaveLength(5);
  const said = { kind: "result", result: { ...result, isError: true } } as const;
  expect(rerun(conversation, "c2", said)[1]?.parts).toHaveLength(5);
});

it("runs nothing that has not failed, or is not in the last answer", () => {
  expect(failedCall(conversation, "c1")).toBeNull();
  expect(failedCall(conversation, "c9")).toBeNull();
  expect(failedCall([...conversation, { id: "u2", role: "user", parts: [] }], "c2")).toBeNull();
});
