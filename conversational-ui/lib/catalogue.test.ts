import { describe, expect, it } from "vitest";
import type { Catalogue } from "@/lib/api-types";
import { catalogueView } from "@/lib/catalogue";

const tool = { name: "notion-search" } as Catalogue["tools"][number];
const known = (more: Partial<Catalogue> = {}) =>
  catalogueView({
    is_on: true,
    version: 3,
    failure: null,
    unseen_changes: 0,
    flagged_changes: 0,
    tools: [tool, tool],
    ...more,
  });

describe("of Notion's tools it is said", () => {
  it("how many there are, and in which version of the list", () => {
    expect(known()).toEqual({
      text: "2 tools, version 3 of the list.",
      failure: null,
      unseen: null,
      flagged: null,
    });
  });

  it("what nobody has seen, and what of it is to be looked at", () => {
    expect(known({ unseen_changes: 1 }).unseen).toBe("1 change not seen yet");
    expect(known({ unseen_changes: 12, flagged_changes: 2 })).toMatchObject({
      unseen: "12 changes not seen yet",
      flagged: "2 to look at",
    });
  });

  it("that nobody has looked, or looks", () => {
    expect(known({ version: 0 }).text).toMatch(/^Nobody has looked yet/);
    expect(known({ version: 0, is_on: false }).text).toMatch(/does not look/);
    expect(known({ is_on: false }).text).toMatch(/looks no more/);
  });

  it.each(["unreachable", "timed_out", "too_large", "unclear"] as const)(
    "why a look brought nothing: %s",
    (failure) => {
      expect(known({ failure }).failure).toMatch(/What was known before stays\.$/);
    },
  );
});
