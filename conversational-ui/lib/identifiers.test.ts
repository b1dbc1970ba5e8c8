import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { demoUserId, isIdentifier } from "@/lib/identifiers";

/** The gateway's tests read the same table: tests/proxy/test_seed_meta.py. */
const { cases } = JSON.parse(
  readFileSync(new URL("../../tests/shared/identifiers.json", import.meta.url), "utf8"),
) as { cases: { value: string; allowed: boolean; why: string }[] };

describe("an identifier", () => {
  it.each(cases)("needs no escaping anywhere: $why", ({ value, allowed }) => {
    expect(isIdentifier(value)).toBe(allowed);
  });

  it.each([null, undefined, 7, ["a"]])("is a string: %j is none", (value) => {
    expect(isIdentifier(value)).toBe(false);
  });
});

describe("a user id", () => {
  it("is made of what somebody typed at the demo's sign-in", () => {
    expect(demoUserId("Mona")).toBe("mona");
    expect(demoUserId("  Ada Lovelace ")).toBe("ada-lovelace");
    expect(demoUserId("José Ñandú")).toBe("jose-nandu");
    expect(demoUserId("../../etc")).toBe("etc");
    expect(demoUserId("李")).toBeNull();
    expect(demoUserId(" - ")).toBeNull();
    expect(isIdentifier(demoUserId("x".repeat(500)))).toBe(true);
  });
});
