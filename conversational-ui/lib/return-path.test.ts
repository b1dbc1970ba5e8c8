import { readFileSync } from "node:fs";
import { unescape as decodedOnce } from "node:querystring";
import { describe, expect, it } from "vitest";
import { returnPath, sameSitePath } from "@/lib/return-path";

interface Case {
  path: string;
  allowed: boolean;
  same_site?: true;
  why: string;
}

/** The gateway's tests read the same table: tests/integration/test_consent.py. */
const { cases } = JSON.parse(
  readFileSync(new URL("../../tests/shared/return-paths.json", import.meta.url), "utf8"),
) as { cases: Case[] };

describe("a return path", () => {
  it.each(cases.filter(({ allowed }) => allowed))("is kept as it is: $why", ({ path }) => {
    expect(returnPath(path)).toBe(path);
    expect(sameSitePath(path)).toBe(path);
  });

  it.each(cases.filter((one) => !one.allowed && !one.same_site))("is refused: $why", ({ path }) => {
    expect(returnPath(path)).toBeNull();
    expect(sameSitePath(path)).toBeNull();
  });

  it.each(cases.filter(({ same_site }) => same_site))(
    "is refused for a consent, but leads to this site: $why",
    ({ path, allowed }) => {
      expect(allowed).toBe(false);
      expect(returnPath(path)).toBeNull();
      expect(sameSitePath(path)).toBe(path);
    },
  );

  it.each([null, undefined, 42, ["/chat"], {}])("is a string: %j is none", (value) => {
    expect(returnPath(value)).toBeNull();
    expect(sameSitePath(value)).toBeNull();
  });

  it("never leaves the site, whatever it is made of", () => {
    const pieces = [
      "/",
      "\\",
      ".",
      "..",
      "%2f",
      "%5c",
      "%25",
      "%0a",
      "%2e",
      "@",
      ":",
      "evil.example",
      "?",
      "#",
      "a",
      " ",
      "\t",
    ];
    let seed = 20_26;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    let kept = 0;
    for (let round = 0; round < 100_000; round++) {
      const length = 1 + Math.floor(random() * 7);
      const value = `/${Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join("")}`;
      const path = sameSitePath(value);
      if (path === null) continue;
      kept++;
      expect(new URL(path, "https://app.example").origin).toBe("https://app.example");
      let decoded = path;
      for (let again = 0; again < 5; again++) {
        decoded = decodedOnce(decoded);
        expect(new URL(decoded, "https://app.example").origin).toBe("https://app.example");
        if (!decoded.includes("%")) break;
      }
    }
    expect(kept).toBeGreaterThan(1000);
  });
});
