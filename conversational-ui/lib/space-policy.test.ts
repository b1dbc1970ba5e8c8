import { expect, it } from "vitest";
import type { SpacePolicy } from "@/lib/api-types";
import { choiceOf, inWords } from "@/lib/space-policy";

const policy = (document: Record<string, unknown> | null) =>
  ({ policy: document, version: 1, is_readable: true }) as SpacePolicy;

it.each([
  [null, "none"],
  [{ version: 1, preset: "read_only" }, "read_only"],
  [{ version: 1, preset: "custom", tools: {}, arguments: [], otherwise: null }, "custom"],
  [{ version: 1, preset: "custom", tools: { "notion-search": "block" } }, null],
  [{ version: 2, preset: "of the future" }, null],
])("what a policy is of the choices: %o", (document, choice) => {
  expect(choiceOf(policy(document))).toBe(choice);
});

it("a policy that this gateway cannot read is none of the choices", () => {
  const unreadable = { ...policy(null), is_readable: false };
  expect(choiceOf(unreadable)).toBeNull();
  expect(inWords(unreadable).title).toBe("Nothing passes now");
});

it.each([
  [null, "No policy", /Whatever the connection allows/],
  [{ version: 1, preset: "read_only" }, "Read only", /Nothing that writes/],
  [
    {
      version: 1,
      preset: "custom",
      tools: { "notion-search": "block", "notion-fetch": "ask" },
      arguments: [{}],
      callers: [{}],
      new_tools: {},
    },
    "Ask before writing, and more",
    /: 2 tools set, 1 rule about arguments, 1 rule for tokens, other defaults\.$/,
  ],
])("a policy is said in a few words: %o", (document, title, text) => {
  expect(inWords(policy(document))).toEqual({ title, text: expect.stringMatching(text) });
});
