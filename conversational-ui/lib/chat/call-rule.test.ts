import { expect, it } from "vitest";
import { ruleForCall } from "@/lib/chat/call-rule";
import { NO_POLICY } from "@/lib/chat/tool-policy";
import type { ArgumentRule } from "@/lib/policy-document";

const replacing = { tool: "notion-update-page", path: "command", is: "replace_content" };
const update = {
  name: "notion-update-page",
  kind: "destructive" as const,
  takesAway: [replacing as ArgumentRule],
};
const allowed = { rules: { "notion-update-page": "allow" as const }, readOnly: false };
const inserting = { command: "insert_content" };

it("what changes something is asked about, and what takes something away every time", () => {
  expect(ruleForCall({ name: "notion-search", kind: "read" }, {}, NO_POLICY)).toBe("allow");
  expect(ruleForCall(update, inserting, NO_POLICY)).toBe("ask");
  expect(ruleForCall(update, inserting, allowed)).toBe("allow");
  expect(ruleForCall(update, { command: "replace_content" }, allowed)).toBe("ask");
});

it("the space's policy and a read-only choice are stricter", () => {
  expect(ruleForCall({ ...update, space: "ask" }, inserting, allowed)).toBe("ask");
  expect(ruleForCall(update, inserting, { ...allowed, readOnly: true })).toBe("block");
});
