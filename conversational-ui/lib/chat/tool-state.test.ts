import { readFileSync } from "node:fs";
import type { DynamicToolUIPart, UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { mayHaveBegun } from "@/lib/chat/answer-end";
import { chatProblem } from "@/lib/chat/failures";
import { appIn } from "@/lib/chat/tool";
import { viewOf } from "@/lib/chat/tool-state";
import { problem } from "@/lib/problems";

const base = {
  type: "dynamic-tool",
  toolName: "notion-update-page",
  toolCallId: "1",
  toolMetadata: { title: "Update page", kind: "destructive" },
  input: { page_id: "p" },
} as const;
const result = { kind: "result", content: [], structuredContent: null, isError: false };
const progress = { kind: "progress", progress: 1, total: 4, message: null };
const approval = { id: "a" };

const cases: [string, DynamicToolUIPart, string, string][] = [
  ["being written", { ...base, state: "input-streaming" }, "preparing", "cancelled"],
  ["written", { ...base, state: "input-available" }, "running", "unknown"],
  ["asked about", { ...base, state: "approval-requested", approval }, "waiting", "waiting"],
  [
    "approved",
    { ...base, state: "approval-responded", approval: { ...approval, approved: true } },
    "running",
    "unknown",
  ],
  [
    "denied",
    { ...base, state: "approval-responded", approval: { ...approval, approved: false } },
    "denied",
    "denied",
  ],
  [
    "denied and told",
    { ...base, state: "output-denied", approval: { ...approval, approved: false } },
    "denied",
    "denied",
  ],
  [
    "under way",
    { ...base, state: "output-available", output: progress, preliminary: true },
    "running",
    "unknown",
  ],
  ["done", { ...base, state: "output-available", output: result }, "done", "done"],
  [
    "failed by the tool",
    { ...base, state: "output-available", output: { ...result, isError: true } },
    "failed",
    "failed",
  ],
  [
    "failed on the way",
    {
      ...base,
      state: "output-error",
      errorText: JSON.stringify(problem("upstream_unreachable", 502)),
    },
    "failed",
    "failed",
  ],
  ["failed somehow", { ...base, state: "output-error", errorText: "What?" }, "failed", "failed"],
  [
    "stopped",
    { ...base, state: "output-error", errorText: JSON.stringify(chatProblem("cancelled", 499)) },
    "cancelled",
    "cancelled",
  ],
];

describe("a tool card", () => {
  it.each(cases)("of a call that is %s says so", (_, part, live, over) => {
    expect(viewOf(part, true).state).toBe(live);
    expect(viewOf(part, false).state).toBe(over);
  });

  it.each(cases)(
    "of a call that is %s never says of one that reads that it may have been done",
    (_, part) => {
      const reading = { ...part, toolMetadata: { kind: "read" } } as DynamicToolUIPart;
      expect(viewOf(reading, false).state).not.toBe("unknown");
    },
  );

  it("says that a change was not run only where the server has refused to begin", () => {
    const part = cases.find(([what]) => what === "approved")?.[1] as DynamicToolUIPart;
    expect(viewOf(part, false, false).state).toBe("held");
    expect(viewOf(part, false, true).state).toBe("unknown");
  });

  it.each(["upstream_timeout", "gateway_timeout", "gateway_stopping"] as const)(
    "says of a change that ended with %s that it may have been done",
    (reason) => {
      const text = JSON.stringify(problem(reason, 504));
      const part = { ...base, state: "output-error", errorText: text } as const;
      expect(viewOf(part, false).state).toBe("unknown");
    },
  );

  it("shows the tool's title and kind, and takes an unknown tool for the worst", () => {
    expect(viewOf({ ...base, state: "input-available" }, true)).toMatchObject({
      title: "Update page",
      kind: "destructive",
    });
    const { toolMetadata: _, ...unknown } = base;
    expect(viewOf({ ...unknown, state: "input-available" }, true)).toMatchObject({
      title: "Update page",
      kind: "destructive",
    });
  });

  it("has the problem of a call that failed on the way", () => {
    const text = JSON.stringify(problem("upstream_timeout", 504, { request_id: "r" }));
    expect(viewOf({ ...base, state: "output-error", errorText: text }, false)).toMatchObject({
      problem: { reason: "upstream_timeout", request_id: "r" },
    });
  });
});

it.each([
  ["ask", true],
  ["allow", false],
  [undefined, false],
])("the space has every call approved: %s", (space, asked) => {
  const toolMetadata = { ...base.toolMetadata, ...(space && { space }) };
  const part = { ...base, toolMetadata, state: "input-available", input: {} } as DynamicToolUIPart;
  expect(viewOf(part, true).isAskedBySpace).toBe(asked);
});

it("a page of the server's own is named, by its tool and by what a result brings", () => {
  const app = "ui://notion/next-steps.html";
  const named = { ...base, state: "input-available" as const, toolMetadata: { app } };
  expect(viewOf(named, true).app).toBe(app);
  expect(viewOf({ ...base, state: "input-available" }, true).app).toBeNull();
  const text = { type: "text", text: app };
  expect(appIn({ content: [text, { type: "resource", resource: { uri: app } }] })).toBe(app);
  expect(appIn({ content: [{ type: "resource_link", uri: app }] })).toBe(app);
  expect(appIn({ content: [text, { type: "resource" }, { type: "resource_link" }] })).toBeNull();
});

interface SharedCase {
  name: string;
  part: DynamicToolUIPart;
  end: string | null;
  outcome: string;
}
const SHARED: SharedCase[] = JSON.parse(
  readFileSync(new URL("../../../tests/shared/call-outcomes.json", import.meta.url), "utf8"),
);

describe("what others read of a call in a shared conversation", () => {
  it.each(SHARED)("is what the chat says: $name", ({ part, end, outcome }) => {
    const message = { role: "assistant", parts: [part], metadata: { end } } as unknown as UIMessage;
    const { state } = viewOf(part, false, mayHaveBegun(message));
    const isSeen = ["done", "failed", "unknown"].includes(state);
    expect(isSeen ? state : "not_run").toBe(outcome);
  });
});
