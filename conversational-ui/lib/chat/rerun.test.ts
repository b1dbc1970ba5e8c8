import type { UIMessage } from "ai";
import { expect, it } from "vitest";
import { chatProblem } from "@/lib/chat/failures";
import { isUnended } from "@/lib/chat/follow-answer";
import { rerun } from "@/lib/chat/rerun";
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
    metadata: { end: "stopped" },
    parts: [
      { type: "step-start" },
      done("c1"),
      failed,
      { type: "step-start" },
      { type: "text", text: "It failed." },
    ],
  },
];

it("begins the same call once more, and what was said of its failure is gone", () => {
  const after = rerun(conversation, "c2") ?? [];
  expect(after[1]?.parts).toEqual([
    { type: "step-start" },
    done("c1"),
    call("c2", { state: "input-available" }),
  ]);
  expect(isUnended(after)).toBe(true); // a page that is opened now goes on with it
  expect(conversation[1]?.parts).toHaveLength(5);
});

it("begins one that Notion has refused, or that a person had approved, without what came of it", () => {
  const refused = { state: "output-available", output: { ...result, isError: true } };
  const approved = { ...refused, approval: { id: "ap", approved: true } };
  const [asked] = conversation as [UIMessage];
  const before: UIMessage[] = [
    asked,
    { id: "a", role: "assistant", parts: [call("c3", approved)] },
  ];
  expect(rerun(before, "c3")?.[1]?.parts).toEqual([call("c3", { state: "input-available" })]);
});

it("begins nothing that has not failed, or is not in the last answer", () => {
  expect(rerun(conversation, "c1")).toBeNull();
  expect(rerun(conversation, "c9")).toBeNull();
  expect(rerun([...conversation, { id: "u2", role: "user", parts: [] }], "c2")).toBeNull();
});
