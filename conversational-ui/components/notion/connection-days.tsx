"use client";

import { useSyncExternalStore } from "react";
import * as texts from "@/components/notion/texts";
import { cn } from "@/lib/cn";
import {
  type Change,
  type Changes,
  connectionDays,
  wordsOfDay,
  wordsOfDays,
} from "@/lib/connection-days";

const LOOK: Record<Change, string> = {
  connected: "bg-good",
  reconnected: "bg-good",
  failed: "bg-bad",
  disconnected: "bg-ink-faint",
};

/** When the connection began and ended, day by day, and the same in words. */
export function ConnectionDays({ changes, now }: { changes: Changes; now: string }) {
  const days = connectionDays(changes, now, useTimeZone());
  const words = wordsOfDays(days);
  if (words === null) return null;
  return (
    <div className="flex flex-col gap-2 border-t border-line px-5 py-4">
      <p className="text-[0.8125rem] break-words text-ink-soft">
        {texts.lastDays(days.length, words)}
      </p>
      <div aria-hidden="true" className="flex h-5 gap-px sm:gap-0.5">
        {days.map((day) => (
          <span
            key={day.day}
            title={wordsOfDay(day) ?? undefined}
            className={cn(
              "flex min-w-0 flex-1 flex-col gap-px overflow-hidden rounded-xs",
              day.isKnown ? "bg-hover" : "border border-dashed border-line",
            )}
          >
            {day.changes.map((change) => (
              <span key={change} className={cn("flex-1", LOOK[change])} />
            ))}
          </span>
        ))}
      </div>
    </div>
  );
}

const never = () => () => {};

/** The reader's; the server, which does not know it, takes UTC. */
const useTimeZone = () =>
  useSyncExternalStore(
    never,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => "UTC",
  );
