import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { ownCalls, runOwn } from "@/lib/ai/own-calls";
import type { NotionConnection } from "@/lib/ai/tools/notion_mcp";
import { withInput } from "@/lib/chat/editing";
import type { ToolResult } from "@/lib/chat/tool";
import { NO_POLICY } from "@/lib/chat/tool-policy";

const result: ToolResult = { kind: "result", content: [], structuredContent: 1, isError: false };
const call = (toolCallId: string, rest: object) =>
  ({
    type: "dynamic-tool",
    toolName: "notion-create-comment",
    toolCallId,
    input: { markdown: "Mine" },
    ...rest,
  }) as UIMessage["parts"][number];
const answered = (approved: boolean, signature?: string) => ({
  state: "approval-responded",
  approval: { id: "ap", approved, ...(signature && { signature }) },
});
const messages: UIMessage[] = [
  { id: "u", role: "user", parts: [] },
  {
    id: "a",
    role: "assistant",
    parts: [
      call("c1", answered(true)),
      call("c2", answered(false)),
      call("c3", { state: "approval-requested", approval: { id: "ap", signature: "s" } }),
      call("c4", answered(true, "s")),
    ],
  },
];

/** Records what it is asked to run. */
function connection(asked: unknown[]): NotionConnection {
  return {
    tools: [
      {
        name: "notion-create-comment",
        title: "Comment",
        description: "",
        inputSchema: {},
        kind: "write",
      },
    ],
    call: async (name, input, { approved }) => {
      asked.push([name, input, approved]);
      return result;
    },
    close: async () => {},
  };
}

async function run(policy = NO_POLICY, asked: unknown[] = []) {
  const calls = ownCalls(messages, []);
  const { signal } = new AbortController();
  const running = runOwn(calls, messages, connection(asked), policy, signal);
  const told: UIMessageChunk[] = [];
  for (;;) {
    const { done, value } = await running.next();
    if (done) return { told, after: value, asked };
    told.push(value);
  }
}

describe("a call that a person has edited, or has run once more", () => {
  it("is only one that they have approved, in the last message, and no model has signed", () => {
    const ids = (of: UIMessage[]) =>
      ownCalls(of, ["c2", "c3", "c4"]).map(({ toolCallId }) => toolCallId);
    expect(ids(messages)).toEqual(["c1"]);
    expect(ids([...messages, { id: "u2", role: "user", parts: [] }])).toEqual([]);
  });

  it("runs as it is now, and the model reads what it answered", async () => {
    const { told, after, asked } = await run();
    expect(asked).toEqual([["notion-create-comment", { markdown: "Mine" }, true]]);
    expect(told).toMatchObject([
      { type: "tool-output-available", toolCallId: "c1", output: result, preliminary: false },
    ]);
    expect(after.at(-1)?.parts[0]).toEqual(
      call("c1", { state: "output-available", output: result }),
    );
    expect(after.at(-1)?.parts.slice(1)).toEqual(messages[1]?.parts.slice(1));
  });

  it("does not run where the tool is blocked", async () => {
    const { told, asked } = await run({
      rules: { "notion-create-comment": "block" },
      readOnly: false,
    });
    expect(asked).toEqual([]);
    expect(told).toMatchObject([{ type: "tool-output-error", toolCallId: "c1" }]);
    expect(JSON.stringify(told)).toContain("tool_blocked");
  });

  it("is edited while it waits, and never afterwards", () => {
    const input = { markdown: "Other" };
    const edited = withInput(messages, { toolCallId: "c3", input });
    expect(edited[1]?.parts[2]).toMatchObject({ input });
    expect(edited[1]?.parts[2]).not.toHaveProperty("approval.signature");
    expect(withInput(messages, { toolCallId: "c1", input })).toEqual(messages);
  });
});

describe("a call that had failed, and that a person runs again", () => {
  const begun: UIMessage[] = [
    {
      id: "a",
      role: "assistant",
      parts: [
        call("c1", { state: "input-available" }),
        call("c2", { state: "output-error", errorText: "x" }),
      ],
    },
  ];
  const idsOf = (again: string[]) => ownCalls(begun, again).map(({ toolCallId }) => toolCallId);

  it("is one that has been begun again, and that they have named", () => {
    expect(idsOf(["c1", "c2"])).toEqual(["c1"]);
    expect(idsOf([])).toEqual([]);
  });

  it("runs, and the model reads what it answered", async () => {
    const asked: unknown[] = [];
    const calls = ownCalls(begun, ["c1"]);
    const { signal } = new AbortController();
    const running = runOwn(calls, begun, connection(asked), NO_POLICY, signal);
    expect((await running.next()).value).toMatchObject({ toolCallId: "c1", output: result });
    const { value: after } = await running.next();
    expect(asked).toEqual([["notion-create-comment", { markdown: "Mine" }, true]]);
    expect((after as UIMessage[])[0]?.parts).toEqual([
      call("c1", { state: "output-available", output: result }),
      begun[0]?.parts[1],
    ]);
  });
});
