import { describe, expect, it } from "vitest";
import type { Verification } from "@/lib/api-types";
import { problem } from "@/lib/problems";
import {
  forgetVerification,
  lastVerification,
  rememberVerification,
} from "@/lib/server/verifications";

const at = "2026-01-01T00:00:00.000Z";
const works: Verification = { ok: true, at, tools: [] };
const fails = (reason: string, status: number): Verification => ({
  ok: false,
  at,
  problem: problem(reason, status),
});

describe("the latest verification of a space", () => {
  it.each([
    ["unauthenticated", 401],
    ["principal_replayed", 401],
    ["space_not_accessible", 403],
  ])("is kept when the caller is refused: %s", (reason, status) => {
    rememberVerification("sp-1", works);
    rememberVerification("sp-1", fails(reason, status));
    expect(lastVerification("sp-1")).toBe(works);
  });

  it.each([
    ["reconnect_required", 401],
    ["not_connected", 401],
    ["upstream_timeout", 504],
  ])("is replaced when the connection fails: %s", (reason, status) => {
    const failure = fails(reason, status);
    rememberVerification("sp-1", works);
    rememberVerification("sp-1", failure);
    expect(lastVerification("sp-1")).toBe(failure);
  });

  it("is gone once it is forgotten", () => {
    rememberVerification("sp-1", works);
    forgetVerification("sp-1");
    expect(lastVerification("sp-1")).toBeNull();
  });
});
