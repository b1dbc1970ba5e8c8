import { describe, expect, it } from "vitest";
import type { HistoryEntry, HistoryPage } from "@/lib/api-types";
import { type Changes, changesOf, connectionDays, wordsOfDays } from "@/lib/connection-days";

const NOW = "2026-11-30T12:00:00Z";
const event = (type: string, at: string, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  version: 1,
  type: `NotionIntegration${type}`,
  at: `2026-${at}:00Z`,
  ...more,
});
const page = (events: HistoryEntry[], before: number | null = null): HistoryPage => ({
  events,
  before,
  next: null,
});
const daysOf = (of: HistoryPage, timeZone = "UTC") =>
  connectionDays(changesOf(of) as Changes, NOW, timeZone);

const told = page([
  event("Authorized", "09-01T08:00", { by: "mona" }),
  event("Authorized", "11-03T08:00", { by: "mona" }),
  event("WorkspaceIdentified", "11-03T08:01"),
  event("TokenRefreshStarted", "11-04T08:00"),
  event("TokenRefreshed", "11-04T08:00"),
  event("AuthorizationFailed", "11-10T08:00", { error: "invalid_grant" }),
  event("TokenRefreshed", "11-10T09:00", { by: "ada" }),
  event("TokenRefreshed", "11-10T09:30", { by: "ada" }),
  event("Disconnected", "11-30T08:00", { by: "ada" }),
  event("SomethingNew", "11-30T09:00"),
]);

describe("the days of a connection", () => {
  it("are the last thirty, in order, with what began and ended it", () => {
    const days = daysOf(told);
    expect(days).toHaveLength(30);
    expect([days[0]?.day, days.at(-1)?.day]).toEqual(["2026-11-01", "2026-11-30"]);
    expect(days.filter(({ changes }) => changes.length > 0)).toEqual([
      { day: "2026-11-03", changes: ["reconnected"], isKnown: true },
      { day: "2026-11-10", changes: ["failed", "reconnected"], isKnown: true },
      { day: "2026-11-30", changes: ["disconnected"], isKnown: true },
    ]);
    expect(wordsOfDays(days)).toBe(
      "Nov 3: reconnected · Nov 10: ended by Notion, reconnected · Nov 30: disconnected",
    );
  });

  it.each([
    [
      "connected, ended by Notion, reconnected",
      ["Authorized", "AuthorizationFailed", "Authorized"],
    ],
    ["connected, reconnected, ended by Notion", ["Authorized", "Failed", "Authorized", "Failed"]],
    ["disconnected, connected", ["Authorized", "Disconnected", "Authorized"]],
  ])("say last how a day has ended: %s", (words, types) => {
    const events = types.map((type, hour) =>
      event(type.replace(/^Failed/, "AuthorizationFailed"), `11-30T0${hour}:00`, { by: "mona" }),
    );
    expect(wordsOfDays(daysOf(page(events)))).toBe(`Nov 30: ${words}`);
  });

  it("are none where nobody has connected yet", () => {
    expect(changesOf(page([]))).toBeNull();
  });

  it("are the reader's, also over a change of the clock", () => {
    const at = event("Authorized", "11-10T01:00", { by: "mona" });
    expect(wordsOfDays(daysOf(page([at]), "America/New_York"))).toBe("Nov 9: connected");
    const days = connectionDays({ changes: [], since: null }, NOW, "America/New_York");
    expect(new Set(days.map(({ day }) => day)).size).toBe(30); // the clock changed on Nov 1
  });

  it.each([
    ["all of it is known", page([told.events[0] as HistoryEntry]), 30, "no change"],
    [
      "it begins in between",
      page([event("TokenRefreshed", "11-20T08:00")], 7),
      10,
      "no change since Nov 21",
    ],
    ["it is as old as today", page([event("TokenRefreshed", "11-30T08:00")], 7), 0, null],
  ])("say no more than the page of the history does: %s", (_, of, known, words) => {
    const days = daysOf(of);
    expect(days.filter(({ isKnown }) => isKnown)).toHaveLength(known);
    expect(wordsOfDays(days)).toBe(words);
  });
});
