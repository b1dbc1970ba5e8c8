import { describe, expect, it } from "vitest";
import { kindOf, titleOf } from "@/lib/chat/tool";
import {
  isOpen,
  isToolPolicy,
  NO_POLICY,
  ownRule,
  RULES,
  ruleFor,
  withRule,
} from "@/lib/chat/tool-policy";

const read = { name: "notion-search", kind: "read" } as const;
const write = { name: "notion-create-pages", kind: "write" } as const;
const destructive = { name: "notion-update-page", kind: "destructive" } as const;

describe("a tool's kind", () => {
  it("is read only where Notion says so, and destructive where it says nothing", () => {
    expect(kindOf({ readOnlyHint: true })).toBe("read");
    expect(kindOf({ readOnlyHint: false, destructiveHint: false })).toBe("write");
    expect(kindOf({ destructiveHint: true })).toBe("destructive");
    expect(kindOf({ readOnlyHint: false })).toBe("destructive");
    expect(kindOf({})).toBe("destructive");
    expect(kindOf(undefined)).toBe("destructive");
  });

  it("has a title in any case", () => {
    expect(titleOf("notion-query-data-sources")).toBe("Query data sources");
    expect(titleOf("notion-search", undefined, " ", "Search Notion")).toBe("Search Notion");
  });
});

describe("a policy", () => {
  it("asks before whatever is not read-only", () => {
    expect(ruleFor(read, NO_POLICY)).toBe("allow");
    expect(ruleFor(write, NO_POLICY)).toBe("ask");
    expect(ruleFor(destructive, NO_POLICY)).toBe("ask");
  });

  it("does as the person says", () => {
    expect(ruleFor(write, withRule(NO_POLICY, write, "allow"))).toBe("allow");
    expect(ruleFor(read, withRule(NO_POLICY, read, "block"))).toBe("block");
    expect(ruleFor(read, withRule(NO_POLICY, read, "ask"))).toBe("ask");
  });

  it("blocks every change in a read-only space, whatever was allowed", () => {
    const policy = { ...withRule(NO_POLICY, write, "allow"), readOnly: true };
    expect(ruleFor(write, policy)).toBe("block");
    expect(ruleFor(destructive, policy)).toBe("block");
    expect(ruleFor(read, policy)).toBe("allow");
  });

  it.each([
    ["allow", "allow", "allow"],
    ["allow", "ask", "ask"],
    ["ask", "allow", "ask"],
    ["block", "ask", "block"],
    ["allow", "block", "block"],
  ] as const)("only narrows the space's: own %s, the space's %s", (own, space, rule) => {
    const tool = { ...write, space };
    expect(ruleFor(tool, { rules: { [write.name]: own }, readOnly: false })).toBe(rule);
    expect(isOpen(tool, own)).toBe(own === rule);
  });

  it("leaves every choice open where the space's is not known", () => {
    expect(RULES.every((rule) => isOpen(write, rule))).toBe(true);
  });

  it("keeps only what differs from the default", () => {
    const changed = withRule(NO_POLICY, write, "allow");
    expect(withRule(changed, write, "ask")).toEqual(NO_POLICY);
  });

  it.each([
    ["nothing was chosen", write, NO_POLICY],
    ["it was chosen to be asked about", read, withRule(NO_POLICY, read, "ask")],
    ["another one was chosen meanwhile", write, withRule(NO_POLICY, destructive, "block")],
  ])("is as before where a choice is undone: %s", (_, tool, before) => {
    const changed = withRule(before, tool, "allow");
    expect(ruleFor(tool, changed)).toBe("allow");
    expect(withRule(changed, tool, ownRule(tool, before))).toEqual(before);
  });

  it("is not fooled by names that objects have anyway", () => {
    expect(ruleFor({ name: "constructor", kind: "write" }, NO_POLICY)).toBe("ask");
    expect(ruleFor({ name: "__proto__", kind: "destructive" }, NO_POLICY)).toBe("ask");
  });

  it("is recognised, and nothing else is", () => {
    expect(isToolPolicy({ rules: { a: "allow" }, readOnly: false })).toBe(true);
    expect(isToolPolicy({ rules: { a: "always" }, readOnly: false })).toBe(false);
    expect(isToolPolicy({ rules: {} })).toBe(false);
    expect(isToolPolicy(null)).toBe(false);
  });
});
