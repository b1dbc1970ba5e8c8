import { describe, expect, it } from "vitest";
import { daysWords, expiryView } from "@/lib/expiry";

const ABSOLUTE = "2027-05-20T12:00:00Z";
const IDLE = "2026-12-20T12:00:00Z";
const expiry = (days: number, changes = {}) => ({
  used_at: "2026-11-20T12:00:00Z",
  absolute_limit_at: ABSOLUTE,
  days_to_absolute_limit: days,
  idle_limit_at: IDLE,
  days_to_idle_limit: 29.5,
  person_needed_at: ABSOLUTE,
  days_to_person_needed: days,
  ...changes,
});

it.each([
  [179.9, "in 179 days"],
  [1.5, "in 1 day"],
  [0.4, "in less than a day"],
  [0, "over"],
  [-3, "over"],
])("%d days are said in words", (days, words) => {
  expect(daysWords(days)).toBe(words);
});

describe("how near the end is", () => {
  it.each([
    [31, "calm", null],
    [30, "soon", "This connection ends in 30 days"],
    [7.5, "soon", "This connection ends in 7 days"],
    [7, "urgent", "This connection ends in 7 days"],
    [0.9, "urgent", "This connection ends in less than a day"],
    [-1, "urgent", "This connection has run out"],
  ])("%d days before the consent ends", (days, tone, title) => {
    const view = expiryView(expiry(days), "renewed", true);
    expect([view.tone, view.warning?.title ?? null]).toEqual([tone, title]);
  });

  it("says to owners what to do, and to others whom to ask", () => {
    const texts = [true, false].map((one) => expiryView(expiry(5), null, one).warning?.text);
    expect(texts[0]).toContain("Reconnect before that");
    expect(texts[1]).toContain("Ask an owner of this space to reconnect before that");
  });

  it("says where the gateway itself has failed to renew it", () => {
    const idle = { days_to_idle_limit: 8, person_needed_at: IDLE, days_to_person_needed: 8 };
    const view = expiryView(expiry(100, idle), "unknown", true);
    expect(view.warning?.title).toBe("This connection ends in 8 days, unless it is renewed");
    expect(view.warning?.text).toContain("notion-gateway doctor");
    expect([view.absolute, view.idle]).toEqual(["in 100 days", "in 8 days"]);
    expect(view.renewal).toBe("under way, no answer yet");
  });
});
