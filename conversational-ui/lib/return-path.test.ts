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

/** Numbers from 0 to 1, the same in every run: mulberry32, whose period is 2^32. */
function repeatable(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

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
      "//",
      "/..",
      "\\",
      ".",
      "..",
      "%2f",
      "%5c",
      "%25",
      "%0a",
      "%2e",
      "%3f",
      "@",
      ":",
      "evil.example",
      "?",
      "#",
      "a",
      " ",
      "\t",
    ];
    const random = repeatable(20_26);
    const kept = new Set<string>();
    for (let round = 0; round < 100_000; round++) {
      const length = 1 + Math.floor(random() * 7);
      const value = `/${Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join("")}`;
      const path = sameSitePath(value);
      if (path === null || kept.has(path)) continue;
      kept.add(path);
      let decoded = path;
      for (let again = 0; again < 5; again++) {
        const { origin, pathname } = new URL(decoded, "https://app.example");
        expect(origin).toBe("https://app.example");
        expect(pathname).not.toMatch(/^\/\//); // Next goes to a page's path alone
        if (!decoded.includes("%")) break;
        decoded = decodedOnce(decoded);
      }
    }
    expect(kept.size).toBeGreaterThan(1000); // the rest would prove nothing
  }, 60_000);
});
