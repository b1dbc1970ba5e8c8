/** Seconds; each at least twice as long as the next. */
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/**
 * How far away a moment is, from now, to the nearest: 90 days less a second are "in 3 months". The
 * unit is the largest that it fills once, give or take half of the next smaller one.
 */
export function relativeTime(milliseconds: number): string {
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const seconds = Math.abs(milliseconds) / 1000;
  for (const [at, [unit, size]] of UNITS.entries()) {
    const [, smaller] = UNITS[at + 1] ?? [unit, 0];
    if (seconds < size - smaller / 2) continue;
    return format.format(Math.sign(milliseconds) * Math.round(seconds / size), unit);
  }
  return "just now";
}
