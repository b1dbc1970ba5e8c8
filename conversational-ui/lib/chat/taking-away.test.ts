import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asTakingAway, type TakingAway, takesAway } from "@/lib/chat/taking-away";
import type { ArgumentRule } from "@/lib/policy-document";

const { always, rules, cases } = JSON.parse(
  readFileSync(new URL("../../../tests/shared/taking-away.json", import.meta.url), "utf8"),
) as {
  /** As the gateway tells them: its own tests hold both against what it does. */
  always: string[];
  rules: ArgumentRule[];
  cases: { tool: string; arguments: unknown; takes_away: boolean; why: string }[];
};
const told = (tool: string): TakingAway =>
  always.includes(tool) || rules.filter((rule) => rule.tool === tool);

describe("whether a call takes away what is there", () => {
  it.each(cases)("$tool: $why", ({ tool, arguments: given, takes_away }) => {
    const full = tool.startsWith("notion-") ? tool : `notion-${tool}`;
    expect(takesAway(told(full), given, true)).toBe(takes_away);
  });

  it("is what the tool says of itself, where the gateway does not know it", () => {
    for (const says of [true, false]) expect(takesAway(undefined, {}, says)).toBe(says);
  });

  it("is so by a rule whose form is not known here", () => {
    const rule = { tool: "t", path: "a", larger_than: 3 } as unknown as ArgumentRule;
    expect(takesAway([rule], {}, false)).toBe(true);
  });

  it("is read with care from what was kept with a call", () => {
    for (const good of [true, [], rules] as TakingAway[]) expect(asTakingAway(good)).toEqual(good);
    for (const bad of [null, "all", {}, [1], [{ path: 7 }]]) {
      expect(asTakingAway(bad)).toBeUndefined();
    }
  });
});
