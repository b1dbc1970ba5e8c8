import { describe, expect, it } from "vitest";
import {
  askedOf,
  calledWords,
  durationWords,
  ending,
  filterOf,
  grantWords,
  indented,
  isFiltered,
  pageAddress,
  queryOf,
  recordedWords,
  sizeWords,
  toolLabel,
} from "@/lib/activity";
import type { AuditEntry } from "@/lib/api-types";

const entry = (changes: Partial<AuditEntry>) =>
  ({ outcome: "answered", reason: "", status: 200, ...changes }) as AuditEntry;

describe("what the address asks for", () => {
  it("is trimmed, bounded, and known names only", () => {
    const filter = filterOf({
      user: " ada ",
      tool: ["a", "b"],
      page: "x".repeat(2000),
      other: "y",
    });
    expect(filter).toEqual({
      user: "ada",
      token: "",
      tool: "a",
      page: "x".repeat(1024),
      outcome: "",
      reason: "",
      grant: "",
      writing: "",
      since: "",
      until: "",
      before: "",
    });
    expect(queryOf(filter)).toEqual({ user: "ada", tool: "a", page: "x".repeat(1024) });
  });
  it("names days, of which the last counts to its end", () => {
    const filter = filterOf({ since: "2026-02-27", until: "2026-02-28" });
    expect(queryOf(filter)).toEqual({ since: "2026-02-27", until: "2026-02-28" });
    expect(askedOf(filter)).toEqual({
      since: "2026-02-27T00:00:00.000Z",
      until: "2026-03-01T00:00:00.000Z",
    });
    expect(askedOf(filterOf({ tool: "notion-search" }))).toEqual({ tool: "notion-search" });
  });
  it.each(["yesterday", "2026-13-01", "2026-11-29T10:00Z"])("is no day: %s", (since) => {
    expect(filterOf({ since }).since).toBe("");
  });
  it("asks for a reason, and for a connection that there is", () => {
    const filter = filterOf({ reason: "budget_exhausted", grant: "personal" });
    expect(askedOf(filter)).toEqual({ reason: "budget_exhausted", grant: "personal" });
    expect(filterOf({ grant: "nobody" }).grant).toBe("");
  });
  it("asks for what may have changed something, or for all", () => {
    expect(askedOf(filterOf({ writing: "true", page: "x" }))).toEqual({
      writing: "true",
      page: "x",
    });
    expect(askedOf(filterOf({ writing: "false" }))).toEqual({});
  });
  it("asks for a token, a client or a machine by its id", () => {
    expect(askedOf(filterOf({ token: " 0b1c " }))).toEqual({ token: "0b1c" });
    expect(isFiltered(filterOf({ token: "0b1c" }))).toBe(true);
  });
  it("is no filter where it only leads to another page", () => {
    expect(isFiltered(filterOf({ before: "1.5_2" }))).toBe(false);
    expect(isFiltered(filterOf({ user: "ada" }))).toBe(true);
  });
});

it.each([
  ["notion-update-page", "Update page"],
  ["search", "search"],
  ["notion-", "notion-"],
  ["", "no tool"],
])("a tool's name is read as words: %s", (tool, label) => {
  expect(toolLabel(tool)).toBe(label);
});

it("a refused login is called one, with its reason in words", () => {
  const login = entry({ kind: "login", tool: "", status: 400, reason: "workload_subject" });
  expect(calledWords(login)).toBe("Login");
  expect(ending(login)).toEqual({
    tone: "bad",
    text: "Refused: the machine's token is about somebody else",
  });
  expect(calledWords(entry({ kind: "call", tool: "notion-fetch" }))).toBe("Fetch");
});

it.each([
  [{}, "good", "Answered"],
  [{ outcome: "answered_from_cache" }, "good", "Answered"],
  [{ outcome: "client_left", status: 0 }, "bad", "Left before the answer"],
  [{ status: 502 }, "bad", "Notion answered 502"],
  [{ status: 403, reason: "tool_not_allowed" }, "bad", "Not allowed for this token"],
  [{ status: 500, reason: "internal" }, "bad", "Failed in the gateway"],
])("an ending is said in words: %o", (changes, tone, text) => {
  expect(ending(entry(changes))).toEqual({ tone, text });
});

it("a page's id leads to Notion", () => {
  expect(pageAddress("1f2e3d4c-5b6a-7988-0011-223344556677")).toBe(
    "https://www.notion.so/1f2e3d4c5b6a79880011223344556677",
  );
});

it.each([
  [12.4, "12 ms"],
  [1540, "1.5 s"],
  [61_200, "61 s"],
])("a duration is said in words: %d", (milliseconds, words) => {
  expect(durationWords(milliseconds)).toBe(words);
});

it("says what was called, also where nobody read it", () => {
  const called = (changes: Partial<AuditEntry>) =>
    calledWords(entry({ tool: "", asked_bytes: 0, ...changes }));
  expect(called({ tool: "notion-search", asked_bytes: 90 })).toBe("Search");
  expect(called({ reason: "too_many_requests" })).toBe("A call that was not read");
  expect(called({ reason: "tool_not_allowed", asked_bytes: 12 })).toBe("no tool");
});

it("says with whose connection a call was served", () => {
  const served = (grant: string, showsPerson: boolean) =>
    grantWords(entry({ grant, user_id: "ada" }), showsPerson);
  expect(served("shared", true)).toBe("The team's");
  expect(served("personal", true)).toBe("ada's own");
  expect(served("personal", false)).toBe("Your own");
  expect(served("", true)).toBe("");
});

it.each([
  [1, "1 byte"],
  [999, "999 bytes"],
  [1234, "1.2 kB"],
  [45_678, "46 kB"],
  [1_500_000, "1.5 MB"],
])("says sizes as people do: %d", (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});

it.each([
  [90, false, false, "Calls are kept for 90 days. What is said in them is not recorded."],
  [1, true, false, "Calls are kept for 1 day. Their arguments are recorded, without"],
  [0, true, true, "Calls are kept for ever. Their arguments and results are recorded, without"],
  [null, false, true, "Their results are recorded, without"],
])("says how long calls are kept, and what of them: %j %j %j", (days, args, results, words) => {
  const set = { set_at: null, set_by: null };
  const keeping = days === null ? null : { days, own_days: null, operator_days: 90, ...set };
  expect(recordedWords(keeping, { arguments: args, results, ...set })).toContain(words);
});

it("says who has it recorded what is said", () => {
  const contents = { arguments: true, results: false, set_at: null, set_by: "ada" };
  expect(recordedWords(null, contents)).toMatch(/^Their arguments are recorded, as ada has set, /);
});

it("shows recorded JSON so that people can read it, and what was cut as it is", () => {
  expect(indented('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(indented('{"a": "x… [cut]')).toBe('{"a": "x… [cut]');
});
