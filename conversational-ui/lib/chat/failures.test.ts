import { describe, expect, it } from "vitest";
import { chatProblem, failureOf, needsConsent, problemIn } from "@/lib/chat/failures";
import { problem } from "@/lib/problems";

describe("a failure in the browser", () => {
  it("is the problem that the site told, with its request id", () => {
    const told = problem("reconnect_required", 401, { request_id: "r-1" });
    expect(failureOf(new Error(JSON.stringify(told)))).toEqual(told);
  });

  it("is the network where no answer began, and an interruption where one had", () => {
    expect(failureOf(new TypeError("Failed to fetch")).reason).toBe("offline");
    expect(failureOf(new Error("network error")).reason).toBe("interrupted");
    expect(failureOf(new Error("<html>")).reason).toBe("interrupted");
  });

  it("is read from nothing but a problem", () => {
    expect(problemIn('{"reason": 1}')).toBeNull();
    expect(problemIn("{")).toBeNull();
    expect(problemIn(undefined)).toBeNull();
  });
});

it("a person's consent mends these, and no others", () => {
  const mends = (reason: string) => needsConsent(problem(reason, 401));
  for (const reason of [
    "not_connected",
    "connect_your_own",
    "reconnect_required",
    "upstream_unauthorized",
  ]) {
    expect(mends(reason)).toBe(true);
  }
  for (const reason of ["unauthenticated", "too_many_requests", "upstream_timeout", "internal"]) {
    expect(mends(reason)).toBe(false);
  }
  expect(needsConsent(chatProblem("model_key_refused", 502))).toBe(false);
});
