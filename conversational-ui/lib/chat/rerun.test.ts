import type { UIMessage } from "ai";
import { expect, it } from "vitest";
import { chatProblem } from "@/lib/chat/failures";
import { isUnended } from "@/lib/chat/follow-answer";
import { rerun } from "@/lib/chat/rerun";
import type { ToolResult } from "@/lib/chat/tool";
import { NO_POLICY, type ToolPolicy } from "@/lib/chat/tool-policy";
import { isAsking } from "@/lib/chat/waiting";

const problem = chatProblem("notion_refused", 502);
const call = (toolCallId: string, ended: object) =>
  ({
    type: "dynamic-tool",
    toolName: "notion-search",
    toolMetadata: { kind: "read" },
    toolCallId,
    input: { query: "plan" },
    ...ended,
  }) as unknown as UIMessage["parts"][number];
const failed = call("c2", { state: "output-error", errorText: JSON.stringify(problem) });
const result: ToolResult = { kind: "result", content: [], structuredContent: 1, isError: false };
const allowed = (tool: string): ToolPolicy => ({ rules: { [tool]: "allow" }, readOnly: false });
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
  const after = rerun(conversation, "c2", NO_POLICY) ?? [];
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
  expect(rerun(before, "c3", NO_POLICY)?.[1]?.parts).toEqual([
    call("c3", { state: "input-available" }),
  ]);
});

it("begins nothing that has not failed, or is not in the last answer", () => {
  expect(rerun(conversation, "c1", NO_POLICY)).toBeNull();
  expect(rerun(conversation, "c9", NO_POLICY)).toBeNull();
  expect(
    rerun([...conversation, { id: "u2", role: "user", parts: [] }], "c2", NO_POLICY),
  ).toBeNull();
});

it.each([
  ["a change", { kind: "write" }, NO_POLICY, true],
  ["a change that may be made unasked", { kind: "write" }, allowed("notion-search"), false],
  ["what takes something away", { kind: "destructive" }, allowed("notion-search"), true],
  ["what the space has approved", { kind: "write", space: "ask" }, allowed("notion-search"), true],
])(
  "%s: it waits for the person's word anew where calls like it are asked about",
  (_, toolMetadata, policy, asks) => {
    const [asked] = conversation as [UIMessage];
    const signed = { id: "ap", approved: true, signature: "s" };
    const part = { ...failed, toolMetadata, approval: signed } as UIMessage["parts"][number];
    const after = rerun([asked, { id: "a", role: "assistant", parts: [part] }], "c2", policy) ?? [];
    expect(isAsking(after)).toBe(asks);
    expect(isUnended(after)).toBe(!asks);
    expect(after[1]?.parts[0]).toMatchObject({ toolCallId: "c2", input: { query: "plan" } });
    // Another word of the person's is wanted, for which no model's signature counts.
    expect(JSON.stringify(after[1])).not.toMatch(/"ap"|signature|errorText/);
  },
);
