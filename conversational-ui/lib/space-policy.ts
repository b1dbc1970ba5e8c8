import type { SpacePolicy } from "@/lib/api-types";

export const PRESETS = ["everything", "no_deleting", "custom", "read_only"] as const;
export type Preset = (typeof PRESETS)[number];
/** What an owner chooses between; ``none`` is without a policy. */
export const CHOICES = ["none", ...PRESETS] as const;
export type Choice = (typeof CHOICES)[number];

export const WORDS: Record<Choice, { title: string; text: string }> = {
  none: {
    title: "No policy",
    text: "Whatever the connection allows may be called.",
  },
  everything: {
    title: "Everything, new tools asked about",
    text: "A tool that Notion adds and that writes needs a person's approval first.",
  },
  no_deleting: {
    title: "No deleting",
    text: "Nothing that deletes pages, or replaces all of their content.",
  },
  custom: {
    title: "Ask before writing",
    text: "Reading passes. Whatever writes needs a person's approval.",
  },
  read_only: {
    title: "Read only",
    text: "Nothing that writes.",
  },
};

/** Which of the choices a policy is; null for one that says more than a preset. */
export function choiceOf({ policy }: SpacePolicy): Choice | null {
  if (policy === null) return "none";
  const { version: _, preset, ...more } = policy;
  const said = Object.values(more).some(
    (value) => value !== null && JSON.stringify(value) !== "{}" && JSON.stringify(value) !== "[]",
  );
  if (said) return null;
  return PRESETS.find((one) => one === preset) ?? null;
}
