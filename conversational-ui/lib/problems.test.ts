import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isProblem, needsSignIn } from "@/lib/browser-problems";
import { CONSENT_ERRORS, consentError } from "@/lib/consent-end";
import { forBrowser, isSignatureRefused, problem, WORDS } from "@/lib/problems";
import openapi from "@/openapi.json";

interface Operation {
  responses: Partial<Record<string, { description: string }>>;
}

/** The values of a StrEnum in the gateway's source. */
function codesOf(file: string, name: string): string[] {
  const source = readFileSync(new URL(`../../src/notion_gateway/${file}`, import.meta.url), "utf8");
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

it("signing in mends what a person meets signed out, and nothing else", () => {
  const mended = Object.keys(WORDS).filter((reason) => needsSignIn(problem(reason, 401)));
  expect(mended).toEqual(["sign_in_revoked", "signed_out"]);
});

describe("a 401 of the gateway's", () => {
  it.each(["unauthenticated", "principal_replayed"])(
    "is about this site's signature: %s",
    (reason) => {
      const refusal = problem(reason, 401, { detail: "d", request_id: "r-1" });
      expect(isSignatureRefused(refusal)).toBe(true);
      expect(forBrowser(refusal)).toEqual({ ...refusal, status: 502 });
    },
  );

  it.each(["not_connected", "reconnect_required", "sign_in_revoked"])(
    "is about Notion or the person: %s",
    (reason) => {
      const refusal = problem(reason, 401);
      expect(isSignatureRefused(refusal)).toBe(false);
      expect(forBrowser(refusal)).toBe(refusal);
    },
  );

  it("is the only status that can be about the signature", () => {
    for (const status of [403, 429, 500, 502, 503]) {
      expect(isSignatureRefused(problem("unauthenticated", status))).toBe(false);
    }
  });

  it("covers every reason for which the gateway answers 401", () => {
    const found = new Set<string>();
    for (const path of Object.values<Record<string, Operation>>(openapi.paths)) {
      for (const { responses } of Object.values(path)) {
        const reasons = responses["401"]?.description.matchAll(/`([a-z_]+)`/g) ?? [];
        for (const [, reason] of reasons) found.add(String(reason));
      }
    }
    expect([...found].sort()).toEqual([
      "not_connected",
      "principal_replayed",
      "reconnect_required",
      "sign_in_revoked",
      "unauthenticated",
    ]);
  });
});
