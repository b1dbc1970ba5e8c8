import { describe, expect, it } from "vitest";
import type { NotionConnection } from "@/lib/ai/tools/notion_mcp";
import { approvalFor, forPrompt, toolset, withProgress } from "@/lib/ai/tools/toolset";
import type { NotionTool, Progress, ToolResult } from "@/lib/chat/tool";
import { NO_POLICY } from "@/lib/chat/tool-policy";
import type { ArgumentRule } from "@/lib/policy-document";

const tool = (name: string, kind: NotionTool["kind"]): NotionTool => ({
  name,
  kind,
  title: name,
  description: "",
  inputSchema: { type: "object" },
});
const connection: NotionConnection = {
  tools: [tool("search", "read"), tool("create", "write"), tool("update", "destructive")],
  call: () => Promise.reject(new Error("not called")),
  close: () => Promise.resolve(),
};
const asks = (toolName: string, policy = NO_POLICY) =>
  approvalFor(connection, policy)({ toolCall: { toolName, input: {} } });

describe("the tools a model is given", () => {
  it("are all of them, and whatever is not read-only waits for a person", () => {
    expect(Object.keys(toolset(connection, NO_POLICY))).toEqual(["search", "create", "update"]);
    expect(asks("search")).toBe("not-applicable");
    expect(asks("create")).toBe("user-approval");
    expect(asks("update")).toBe("user-approval");
  });

  it("are not those that are blocked, nor those that change a read-only space", () => {
    const blocked = { rules: { search: "block" as const }, readOnly: false };
    expect(Object.keys(toolset(connection, blocked))).toEqual(["create", "update"]);
    const readOnly = { rules: { create: "allow" as const }, readOnly: true };
    expect(Object.keys(toolset(connection, readOnly))).toEqual(["search"]);
    expect(asks("create", readOnly)).toMatchObject({ type: "denied" });
  });

  it("what takes something away is asked about every time, also where the tool is allowed", () => {
    const replacing = { tool: "notion-update-page", path: "command", is: "replace_content" };
    const update = {
      ...tool("notion-update-page", "destructive"),
      takesAway: [replacing as ArgumentRule],
    };
    const there = { ...connection, tools: [update] };
    const policy = { rules: { "notion-update-page": "allow" as const }, readOnly: false };
    const asked = (command: string) =>
      approvalFor(
        there,
        policy,
      )({ toolCall: { toolName: "notion-update-page", input: { command } } });
    expect(asked("insert_content")).toBe("not-applicable");
    expect(asked("replace_content")).toBe("user-approval");
  });

  it("an unknown one is denied", () => {
    expect(asks("drop-everything")).toMatchObject({ type: "denied" });
  });
});

const result = (text: string, isError = false): ToolResult => ({
  kind: "result",
  content: [{ type: "text", text }],
  structuredContent: null,
  isError,
});
const progress = (step: number): Progress => ({
  kind: "progress",
  progress: step,
  total: 3,
  message: null,
});

describe("progress", () => {
  it("is yielded as it comes, and the result last", async () => {
    const outputs = withProgress(async (report) => {
      for (const step of [1, 2]) {
        report(progress(step));
        await new Promise((later) => setTimeout(later, 5));
      }
      return result("done");
    });
    expect(await Array.fromAsync(outputs)).toEqual([progress(1), progress(2), result("done")]);
  });

  it("that nobody has read yet gives way to newer", async () => {
    const outputs = withProgress(async (report) => {
      report(progress(1));
      report(progress(2));
      await new Promise((later) => setTimeout(later, 5));
      return result("done");
    });
    expect(await Array.fromAsync(outputs)).toEqual([progress(2), result("done")]);
  });

  it("ends with the fault of the call", async () => {
    const outputs = withProgress(async (report): Promise<ToolResult> => {
      report(progress(1));
      throw new Error("no");
    });
    await expect(Array.fromAsync(outputs)).rejects.toThrow("no");
  });
});

describe("what a model reads", () => {
  it("is a result's text, and an error is called one", () => {
    expect(forPrompt(result("words"))).toEqual({ type: "text", value: "words" });
    expect(forPrompt(result("no such page", true))).toEqual({
      type: "error-text",
      value: "no such page",
    });
  });

  it("is not the whole of a very long page", () => {
    const { value } = forPrompt(result("x".repeat(100_000)));
    expect(value.length).toBeLessThan(61_000);
    expect(value).toContain("left out");
  });

  it("of a call without an end is that it was cancelled", () => {
    expect(forPrompt(progress(1))).toMatchObject({ type: "error-text" });
    expect(forPrompt({ made: "up" })).toMatchObject({ type: "error-text" });
  });
});
