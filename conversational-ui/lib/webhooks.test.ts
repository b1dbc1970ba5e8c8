import { describe, expect, it } from "vitest";
import type { DeliveryFailure } from "@/lib/api-types";
import {
  EVENTS,
  eventsWords,
  eventTitle,
  failureWords,
  outcomeOf,
  testWords,
} from "@/lib/webhooks";
import openapi from "@/openapi.json";

it("every event of the gateway can be chosen, and no other", () => {
  expect([...EVENTS].sort()).toEqual([...openapi.components.schemas["Kind-Input"].enum].sort());
});

it("an event is said in words, and one of a newer gateway by its name", () => {
  expect(eventTitle("grant.connected")).toBe("Notion was connected");
  expect(eventTitle("constructor")).toBe("constructor");
  expect(eventsWords([])).toBe("Told of everything");
  expect(eventsWords(["grant.connected", "member.removed"])).toBe(
    "Told when: Notion was connected; Somebody left the space",
  );
});

it.each([
  ["delivered", 1, "good", "Delivered"],
  ["given_up", 20, "bad", "Given up"],
  ["pending", 0, "warn", "On its way"],
  ["pending", 2, "warn", "Trying again"],
] as const)(
  "what became of a message is said: %s after %d attempts",
  (progress, attempts, tone, label) => {
    expect(outcomeOf({ progress, attempts })).toEqual({ tone, label });
  },
);

describe("why a message did not arrive", () => {
  it.each(openapi.components.schemas.Failure.enum as DeliveryFailure[])(
    "is said with what to do: %s",
    (reason) => {
      const { what, next } = failureWords(reason, null);
      expect(what).not.toMatch(/\.$/);
      expect(next).toMatch(/\.$/);
    },
  );
  it("names the answer of a receiver that refused", () => {
    expect(failureWords("refused", 500).what).toMatch(/: it answered 500$/);
  });
});

it("a test is told to its end", () => {
  expect(testWords({ delivered: true, status: 204, reason: null })).toBe(
    "The test arrived: the receiver answered 204.",
  );
  expect(testWords({ delivered: false, status: null, reason: "timed_out" })).toBe(
    "The test did not arrive. There was no answer within ten seconds. Let the receiver answer first, and do its work afterwards.",
  );
});
