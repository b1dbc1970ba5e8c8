import { expect, it } from "vitest";
import { relativeTime } from "@/lib/relative-time";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it.each([
  ["a fresh token of 90 days", 90 * DAY - 1000, "in 3 months"],
  ["a fresh token of 30 days", 30 * DAY - 1000, "next month"],
  ["a fresh token of a year", 365 * DAY - 1000, "next year"],
  ["a fresh token of 7 days", 7 * DAY - 1000, "in 7 days"],
  ["nearly a day", -(DAY - MINUTE), "yesterday"],
  ["a day and a half, just not", -(1.5 * DAY - MINUTE), "yesterday"],
  ["a day and a half", -1.5 * DAY, "2 days ago"],
  ["nearly an hour", 60 * MINUTE - 1000, "in 1 hour"],
  ["59 minutes", 59 * MINUTE, "in 59 minutes"],
  ["not a minute", -(MINUTE - 1), "just now"],
])("rounds to the nearest: %s", (_, milliseconds, words) => {
  expect(relativeTime(milliseconds)).toBe(words);
});
