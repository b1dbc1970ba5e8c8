import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loginRefusalWords } from "@/lib/login-refusals";

const REASONS = "../../src/notion_gateway/authorization_server/rules/why.py";

it("every reason that the gateway refuses a login for has words", () => {
  const source = readFileSync(new URL(REASONS, import.meta.url), "utf8");
  const reasons = Array.from(source.matchAll(/^ {4}[A-Z_]+ = "([a-z_]+)"/gm), ([, it]) => it ?? "");
  expect(reasons.length).toBeGreaterThan(90);
  const bare = (reason: string) => loginRefusalWords(reason) === reason.replaceAll("_", " ");
  expect(reasons.filter(bare)).toEqual([]);
});

it.each([
  ["id_assertion_expired", "what the sign-in service says of the person has expired"],
  ["workload_subject", "the machine's token is about somebody else"],
  ["person_left_space", "the person has left the space"],
  ["something_new", "something new"],
  ["constructor", "constructor"],
])("%s", (reason, words) => {
  expect(loginRefusalWords(reason)).toBe(words);
});
