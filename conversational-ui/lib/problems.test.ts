import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CONSENT_ERRORS, consentError } from "@/lib/consent-end";
import { isProblem, problem, WORDS } from "@/lib/problems";

/** The values of a StrEnum in the gateway's source. */
function codesOf(file: string, name: string): string[] {
  const source = readFileSync(
    new URL(`../../src/notion_gateway/${file}`, import.meta.url),
    "utf8",
  );
  const body = source.split(`class ${name}(StrEnum):`)[1]?.split(/^class /m)[0] ?? "";
  return [...body.matchAll(/^ {4}[A-Z_]+ = "([a-z_]+)"/gm)].map((match) => match[1] as string);
}

describe("the gateway's reasons", () => {
  it("have words here, every one of them", () => {
    const reasons = codesOf("kernel/errors.py", "Reason");
    expect(reasons.length).toBeGreaterThan(20);
    expect(reasons.filter((reason) => !Object.hasOwn(WORDS, reason))).toEqual([]);
  });

  it("for a consent that failed have words here, and none is left over", () => {
    expect(codesOf("integration/rules/consent.py", "ConnectError").sort()).toEqual(
      Object.keys(CONSENT_ERRORS).sort(),
    );
  });

  it("that nobody knows are shown as a fault of the gateway, not quoted", () => {
    for (const unknown of ["<script>", "toString", "__proto__", 7, null, undefined]) {
      expect(problem(unknown, 500)).toMatchObject({
        reason: "internal",
        title: WORDS.internal.title,
      });
      expect(consentError(unknown)).toBe("internal");
    }
  });

  it("come with a title, a hint, and nothing undefined", () => {
    for (const reason of Object.keys(WORDS)) {
      const shown = problem(reason, 500);
      expect(isProblem(shown)).toBe(true);
      expect(shown.title.length).toBeGreaterThan(5);
      expect(shown.hint.length).toBeGreaterThan(5);
      expect(Object.values(shown)).not.toContain(undefined);
    }
  });
});
