"use client";

import { useEffect, useState } from "react";

const ABSOLUTE: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

function relative(milliseconds: number): string {
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const seconds = milliseconds / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

/** A moment, said as people do; the exact time is in the title. In the reader's own time zone. */
export function Time({ at, now }: { at: string; now?: boolean }) {
  const [text, setText] = useState<{ short: string; long: string } | null>(null);
  useEffect(() => {
    const moment = new Date(at);
    const look = () =>
      setText({
        short: relative(moment.getTime() - Date.now()),
        long: moment.toLocaleString("en", { ...ABSOLUTE, timeStyle: now ? "medium" : "short" }),
      });
    look();
    const timer = setInterval(look, 30_000);
    return () => clearInterval(timer);
  }, [at, now]);
  return (
    <time dateTime={at} title={text?.long}>
      {text?.short ?? `${at.slice(0, 16).replace("T", " ")} UTC`}
    </time>
  );
}
