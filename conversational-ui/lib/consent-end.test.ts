import { describe, expect, it } from "vitest";
import { consentEnd } from "@/lib/consent-end";

describe("the end of a consent", () => {
  it.each([
    [
      { status: "confirm", state: "abc" },
      { kind: "confirm", state: "abc" },
    ],
    [{ status: "confirm" }, { kind: "error", error: "state_invalid" }],
    [
      { status: "confirm", state: "" },
      { kind: "error", error: "state_invalid" },
    ],
    [
      { status: "confirm", state: ["a", "b"] },
      { kind: "error", error: "state_invalid" },
    ],
    [
      { status: "confirm", state: "x".repeat(513) },
      { kind: "error", error: "state_invalid" },
    ],
    [
      { status: "success", spaceId: "sp-1" },
      { kind: "success", spaceId: "sp-1" },
    ],
    [{ status: "success" }, { kind: "success", spaceId: null }],
    [
      { status: "success", spaceId: "../x" },
      { kind: "success", spaceId: null },
    ],
    [
      { status: "success", spaceId: ["a", "b"] },
      { kind: "success", spaceId: null },
    ],
    [{ status: ["success", "error"], spaceId: "sp-1" }, { kind: "empty" }],
    [
      { status: "error", error: "access_denied" },
      { kind: "error", error: "access_denied" },
    ],
    [
      { status: "error", error: "state_invalid" },
      { kind: "error", error: "state_invalid" },
    ],
    [
      { status: "error", error: "<img src=x>" },
      { kind: "error", error: "internal" },
    ],
    [{ status: "error" }, { kind: "error", error: "internal" }],
    [
      { code: "c", state: "s" },
      { kind: "error", error: "state_invalid" },
    ],
    [{ state: "s" }, { kind: "error", error: "code_missing" }],
    [
      { error: "access_denied", state: "s" },
      { kind: "error", error: "access_denied" },
    ],
    [
      { error: "server_error", state: "s" },
      { kind: "error", error: "authorization_failed" },
    ],
    [{}, { kind: "empty" }],
    [{ status: "else" }, { kind: "empty" }],
  ])("%j", (query, end) => {
    expect(consentEnd(query)).toEqual(end);
  });
});
