import type { HistoryPage } from "@/lib/api-types";

const DAYS = 30;
const DAY_MILLISECONDS = 24 * 60 * 60_000;

export type Change = "connected" | "reconnected" | "failed" | "disconnected";

/** When a connection began or ended. ``since``: what was before is not known; null where all is. */
export interface Changes {
  changes: { at: string; change: Change }[];
  since: string | null;
}

export interface ConnectionDay {
  /** As 2026-11-30. */
  day: string;
  /** Each once, by when it happened last: the last of them is how the day has ended. */
  changes: Change[];
  isKnown: boolean;
}

/**
 * Of a page of the history, without renewals, which it is full of; null where nothing has happened
 * yet.
 */
export function changesOf({ events, before }: HistoryPage): Changes | null {
  if (events.length === 0) return null;
  const changes: Changes["changes"] = [];
  let wasThere = false; // also where Notion has ended it meanwhile
  for (const { type, at, by } of events) {
    const happened = CHANGES[type];
    const isRenewal = happened === "reconnected" && !by;
    wasThere ||= isRenewal;
    if (!at || !happened || isRenewal) continue;
    const change = happened === "connected" && wasThere ? "reconnected" : happened;
    wasThere = change !== "disconnected";
    changes.push({ at, change });
  }
  return { changes, since: before === null ? null : (events[0]?.at ?? null) };
}

const CHANGES: Partial<Record<string, Change>> = {
  NotionIntegrationAuthorized: "connected",
  NotionIntegrationTokenRefreshed: "reconnected",
  NotionIntegrationAuthorizationFailed: "failed",
  NotionIntegrationDisconnected: "disconnected",
};

/** The last 30 days, today as the last of them, where the reader is. */
export function connectionDays(
  { changes, since }: Changes,
  now: string,
  timeZone: string,
): ConnectionDay[] {
  // In Sweden dates are written as in ISO 8601.
  const format = new Intl.DateTimeFormat("sv", { timeZone });
  const dayOf = (at: string) => format.format(new Date(at));
  const today = Date.parse(dayOf(now));
  const unknown = since === null ? "" : dayOf(since); // the last such: of it, not all is known
  const dated = changes.map(({ at, change }) => ({ day: dayOf(at), change }));
  return Array.from({ length: DAYS }, (_, back) => {
    const day = new Date(today - (DAYS - 1 - back) * DAY_MILLISECONDS).toISOString().slice(0, 10);
    const found = dated.filter((one) => one.day === day).map(({ change }) => change);
    const once = [...new Set(found.toReversed())].toReversed();
    return { day, changes: once, isKnown: day > unknown };
  });
}

const WORDS: Record<Change, string> = {
  connected: "connected",
  reconnected: "reconnected",
  failed: "ended by Notion",
  disconnected: "disconnected",
};

/** What happened on one day; null where nothing did. */
export const wordsOfDay = ({ day, changes }: ConnectionDay): string | null =>
  changes.length > 0
    ? `${monthAndDay(day)}: ${changes.map((change) => WORDS[change]).join(", ")}`
    : null;

/** What happened on all of them; null where nothing can be said. */
export function wordsOfDays(days: readonly ConnectionDay[]): string | null {
  const found = days.map(wordsOfDay).filter((words) => words !== null);
  if (found.length > 0) return found.join(" · ");
  const first = days.findIndex(({ isKnown }) => isKnown);
  if (first < 0) return null;
  return first === 0 ? "no change" : `no change since ${monthAndDay(days[first]?.day ?? "")}`;
}

const monthAndDay = (day: string): string =>
  new Date(day).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" });
