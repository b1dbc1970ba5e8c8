import { describe, expect, it } from "vitest";
import type { ArgumentRule, PolicyDocument } from "@/lib/policy-document";
import { callerWords, changeWords, ruleWords, toolTitle } from "@/lib/policy-words";

const rule = (form: Partial<ArgumentRule>): ArgumentRule => ({
  tool: "notion-update-page",
  path: "command",
  // biome-ignore lint/suspicious/noThenProperty: the policy's own word
  then: "block",
  ...form,
});

it.each<[Partial<ArgumentRule>, string]>([
  [{ is: "replace_content" }, 'blocked where command is "replace_content"'],
  // biome-ignore lint/suspicious/noThenProperty: the policy's own word
  [{ is: true, path: "a.*.b", then: "ask" }, "asked about where a › each › b is true"],
  [{ in: ["a", "b", 3] }, 'blocked where command is "a", "b" or 3'],
  [{ not_in: ["a"] }, 'blocked unless command is "a"'],
  [{ is_present: true }, "blocked where command is given"],
  [{ contains: "drop" }, 'blocked where command contains "drop"'],
  [{ path: "parent", outside_pages: ["1f8d"] }, "blocked unless parent is this page: 1f8d"],
])("a rule about arguments is said in words: %o", (form, words) => {
  expect(ruleWords(rule(form))).toBe(words);
});

it.each([
  ["notion-update-page", "Update page"],
  ["resources/read", "Read resources"],
])("a tool is read as words: %s", (tool, title) => {
  expect(toolTitle(tool)).toBe(title);
});

describe("what is narrower for tokens", () => {
  it("names the token, and all that is said of it", () => {
    expect(callerWords({ any_token: true, preset: "read_only" })).toEqual({
      who: "Every gateway token",
      says: ["Read only"],
    });
    expect(callerWords({ client: "https://client.example/id", preset: "read_only" }).who).toBe(
      "The client https://client.example/id",
    );
    expect(
      callerWords({
        token: "t1",
        tools: { "notion-search": "ask" },
        otherwise: { reading: "allow", writing: "block" },
        new_tools: { reading: "block", writing: "block" },
        arguments: [rule({ is_present: true })],
      }),
    ).toEqual({
      who: "The gateway token t1",
      says: [
        "Search: asked about",
        "Other tools: reading ones allowed, writing ones blocked",
        "New tools: all blocked",
        "Update page: blocked where command is given",
      ],
    });
  });
  it("says where that is nothing", () => {
    expect(callerWords({ token: "t1" }).says).toEqual(["Nothing narrower than the space"]);
  });
});

describe("a change of the policy", () => {
  const first: PolicyDocument = { version: 1, preset: "custom" };
  it.each<[PolicyDocument | null, PolicyDocument | null, string[]]>([
    [null, first, ["Preset: Ask before writing"]],
    [first, null, ["Removed: whatever the connection allows may be called"]],
    [first, { ...first, tools: {} }, ["Nothing but its form"]],
    [first, { ...first, tools: { "notion-search": "block" } }, ["Search: blocked"]],
    [{ ...first, tools: { "notion-search": "block" } }, first, ["Search: as the preset says"]],
    [
      first,
      {
        ...first,
        preset: "read_only",
        new_tools: { reading: "ask", writing: "block" },
        seen_tools: ["notion-paint"],
        arguments: [rule({ is_present: true })],
        callers: [{ any_token: true }],
      },
      [
        "Preset: Read only",
        "New tools: reading ones asked about, writing ones blocked",
        "New tools looked at: Paint",
        "New rule: Update page, blocked where command is given",
        "Rules for tokens changed",
      ],
    ],
    [
      { ...first, arguments: [rule({ is_present: true })] },
      first,
      ["Rule removed: Update page, blocked where command is given"],
    ],
  ])("%o -> %o", (before, after, words) => {
    expect(changeWords(before, after)).toEqual(words);
  });
});
