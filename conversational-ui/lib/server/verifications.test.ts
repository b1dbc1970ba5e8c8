import { describe, expect, it } from "vitest";
import type { Verification } from "@/lib/api-types";
import { problem } from "@/lib/problems";
import {
  forgetVerification,
  lastVerification,
  rememberVerification,
} from "@/lib/server/verifications";

const mona = { userId: "mona" };
const at = "2026-01-01T00:00:00.000Z";
const works: Verification = { ok: true, at, tools: [] };
const fails = (reason: string, status: number): Verification => ({
  ok: false,
  at,
  problem: problem(reason, status),
});

describe("the latest verification of a connection", () => {
  it.each([
    ["unauthenticated", 401],
    ["principal_replayed", 401],
    ["space_not_accessible", 403],
  ])("is kept when the caller is refused: %s", (reason, status) => {
    rememberVerification("sp-1", "shared", mona, works);
    rememberVerification("sp-1", "shared", mona, fails(reason, status));
    expect(lastVerification("sp-1", "shared", mona)).toBe(works);
  });

  it.each([
    ["reconnect_required", 401],
    ["not_connected", 401],
    ["upstream_timeout", 504],
  ])("is replaced when the connection fails: %s", (reason, status) => {
    const failure = fails(reason, status);
    rememberVerification("sp-1", "shared", mona, works);
    rememberVerification("sp-1", "shared", mona, failure);
    expect(lastVerification("sp-1", "shared", mona)).toBe(failure);
  });

  it("is gone once it is forgotten", () => {
    rememberVerification("sp-1", "shared", mona, works);
    forgetVerification("sp-1", mona);
    expect(lastVerification("sp-1", "shared", mona)).toBeNull();
  });

  it("is everybody's of the space's connection, and of one's own nobody else's", () => {
    const ben = { userId: "ben" };
    const ended = fails("reconnect_required", 401);
    rememberVerification("sp-1", "shared", mona, works);
    rememberVerification("sp-1", "personal", mona, ended);
    expect(lastVerification("sp-1", "shared", ben)).toBe(works);
    expect(lastVerification("sp-1", "personal", mona)).toBe(ended);
    expect(lastVerification("sp-1", "personal", ben)).toBeNull();
  });
});
