"use client";

import { useEffect, useState } from "react";
import * as texts from "@/components/texts";
import { relativeTime } from "@/lib/relative-time";

const ABSOLUTE: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };

/** A moment, said as people do; the exact time is in the title. In the reader's own time zone. */
export function Time({ at, now }: { at: string; now?: boolean }) {
  const [text, setText] = useState<{ short: string; long: string } | null>(null);
  useEffect(() => {
    const moment = new Date(at);
    const look = () =>
      setText({
        short: relativeTime(moment.getTime() - Date.now()),
        long: moment.toLocaleString("en", { ...ABSOLUTE, timeStyle: now ? "medium" : "short" }),
      });
    look();
    const timer = setInterval(look, 30_000);
    return () => clearInterval(timer);
  }, [at, now]);
  return (
    <time dateTime={at} title={text?.long}>
      {text?.short ?? texts.utc(at.slice(0, 16).replace("T", " "))}
    </time>
  );
}
