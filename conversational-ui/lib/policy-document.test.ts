import { describe, expect, it } from "vitest";
import {
  documentOf,
  lineOf,
  type PolicyDocument,
  rangeOfLine,
  toolsChanged,
  withTool,
} from "@/lib/policy-document";

const custom: PolicyDocument = { version: 1, preset: "custom" };
const update = { tool: "notion-update-page", inherited: "ask", is_new: false } as const;

describe("setting a tool", () => {
  it("is kept where it differs from what the tool gets anyway", () => {
    const blocked = withTool(custom, update, "block");
    expect(blocked).toEqual({ ...custom, tools: { "notion-update-page": "block" } });
    expect(toolsChanged(custom, blocked)).toBe(1);
  });
  it("is forgotten where it is what the tool gets anyway", () => {
    const back = withTool(withTool(custom, update, "allow"), update, "ask");
    expect(back).toEqual(custom);
    expect(toolsChanged(custom, back)).toBe(0);
  });
  it("marks a new tool as seen, once, and only while it is set", () => {
    const paint = { tool: "notion-paint", inherited: "ask", is_new: true } as const;
    const once = withTool(custom, paint, "allow");
    expect(once.seen_tools).toEqual(["notion-paint"]);
    expect(withTool(once, paint, "block").seen_tools).toEqual(["notion-paint"]);
    expect(withTool(once, paint, "ask")).toEqual(custom);
  });
  it("leaves everything else of the document as it is", () => {
    const much: PolicyDocument = {
      ...custom,
      tools: { "notion-search": "block" },
      // biome-ignore lint/suspicious/noThenProperty: the policy's own word
      arguments: [{ tool: "notion-fetch", path: "id", is_present: true, then: "ask" }],
    };
    expect(withTool(much, update, "block")).toEqual({
      ...much,
      tools: { "notion-search": "block", "notion-update-page": "block" },
    });
  });
});

it("the first policy of a space begins with everything", () => {
  expect(documentOf({ policy: null })).toEqual({ version: 1, preset: "everything" });
});

describe("the line of a refusal", () => {
  it.each([
    ["Line 3: tools.notion-fech: there is no tool notion-fech", 3],
    ["A member stands twice in one object: tools.", null],
    [null, null],
  ])("%s", (detail, line) => {
    expect(lineOf(detail)).toBe(line);
  });
  it("is found in the text, and the last one stands for what lies behind it", () => {
    const text = '{\n  "version": 1\n}';
    expect(text.slice(...rangeOfLine(text, 2))).toBe('  "version": 1');
    expect(text.slice(...rangeOfLine(text, 99))).toBe("}");
  });
});
