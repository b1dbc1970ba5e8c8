import * as z from "zod/mini";
import type { AuditContents, AuditKeeping, RecordingRequest } from "@/lib/api-types";

const MOST_DAYS = 36_500;
const isDays = (text: string) =>
  /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_DAYS;

/** What is recorded of a space's calls, and for how long. */
export const recordingForm = z
  .object({
    kept: z.enum(["operator", "own"]),
    days: z.string().check(z.trim()),
    arguments: z.boolean(),
    results: z.boolean(),
  })
  .check(
    z.refine(({ kept, days }) => kept === "operator" || isDays(days), {
      path: ["days"],
      error: "A whole number of days, from 1 to 36500.",
    }),
  );

export type RecordingForm = z.infer<typeof recordingForm>;

/** As it is now; ``days`` is what an owner's own would begin with. */
export const recordingNow = (keeping: AuditKeeping, contents: AuditContents): RecordingForm => ({
  kept: keeping.own_days === null ? "operator" : "own",
  days: keeping.days === 0 ? "" : String(keeping.days),
  arguments: contents.arguments,
  results: contents.results,
});

export const recordingRequest = (form: RecordingForm): RecordingRequest => ({
  days: form.kept === "own" ? Number(form.days) : null,
  arguments: form.arguments,
  results: form.results,
});

/** Whether less is kept with ``after`` days than with ``before``; 0 days are for ever. */
export const keepsLess = (after: number, before: number) =>
  after !== 0 && (before === 0 || after < before);
