import { describe, expect, it } from "vitest";
import { demoUserId, isIdentifier } from "@/lib/identifiers";

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

  it("needs no escaping anywhere", () => {
    for (const good of ["mona", "auth0|5f", "a@b.example", "A~1"])
      expect(isIdentifier(good)).toBe(true);
    for (const bad of ["", "-a", "a b", "a/b", "ä", "a\n", "x".repeat(201), null, 7]) {
      expect(isIdentifier(bad)).toBe(false);
    }
  });
});
