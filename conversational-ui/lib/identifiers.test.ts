import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { demoUserId, isIdentifier, isUserId } from "@/lib/identifiers";

/** The gateway's tests read the same tables: tests/proxy/test_seed_meta.py. */
const casesOf = (table: string) =>
  (
    JSON.parse(readFileSync(new URL(`../../tests/shared/${table}`, import.meta.url), "utf8")) as {
      cases: { value: string; allowed: boolean; why: string }[];
    }
  ).cases;

describe("an identifier", () => {
  it.each(casesOf("identifiers.json"))("needs no escaping anywhere: $why", ({ value, allowed }) => {
    expect(isIdentifier(value)).toBe(allowed);
  });

  it.each([null, undefined, 7, ["a"]])("is a string: %j is none", (value) => {
    expect(isIdentifier(value)).toBe(false);
  });
});

describe("a user id", () => {
  it.each(casesOf("user-ids.json"))("is any subject that can be shown: $why", (one) => {
    expect(isUserId(one.value)).toBe(one.allowed);
  });

  it("is made of what somebody typed at the demo's sign-in", () => {
    expect(demoUserId("Mona")).toBe("mona");
    expect(demoUserId("  Ada Lovelace ")).toBe("ada-lovelace");
    expect(demoUserId("Ada Lovelace", "Ada.Lovelace")).toBe("ada-lovelace");
    expect(demoUserId(" Ada.Lovelace ", "Ada.Lovelace")).toBe("Ada.Lovelace");
    expect(demoUserId("José Ñandú")).toBe("jose-nandu");
    expect(demoUserId("../../etc")).toBe("etc");
    expect(demoUserId("李")).toBeNull();
    expect(demoUserId(" - ")).toBeNull();
    expect(isIdentifier(demoUserId("x".repeat(500)))).toBe(true);
  });
});
