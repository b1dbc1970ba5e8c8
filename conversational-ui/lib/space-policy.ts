import type { SpacePolicy } from "@/lib/api-types";
import { documentOf, type PolicyDocument } from "@/lib/policy-document";

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

/** Which of the choices a policy is; null for one that says more than a preset, or is unreadable. */
export function choiceOf({ policy, is_readable }: SpacePolicy): Choice | null {
  if (!is_readable) return null;
  if (policy === null) return "none";
  const { version: _, preset, ...more } = policy;
  const said = Object.values(more).some(
    (value) => value !== null && JSON.stringify(value) !== "{}" && JSON.stringify(value) !== "[]",
  );
  if (said) return null;
  return PRESETS.find((one) => one === preset) ?? null;
}

const counted = (count: number, one: string, more: string) =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : more}`];

/** What a policy says besides its preset, in a few words; "" where it says nothing more. */
function moreThanPreset(document: PolicyDocument): string {
  const parts = [
    ...counted(Object.keys(document.tools ?? {}).length, "tool set", "tools set"),
    ...counted(document.arguments?.length ?? 0, "rule about arguments", "rules about arguments"),
    ...counted(document.callers?.length ?? 0, "rule for tokens", "rules for tokens"),
    ...(document.otherwise || document.new_tools ? ["other defaults"] : []),
  ];
  return parts.join(", ");
}

/** A policy in a few words. */
export function inWords(policy: SpacePolicy): { title: string; text: string } {
  if (!policy.is_readable) {
    return {
      title: "Nothing passes now",
      text: "A newer gateway wrote this policy, and this one cannot read it. An owner can choose one anew.",
    };
  }
  const choice = choiceOf(policy);
  if (choice !== null) return WORDS[choice];
  const document = documentOf(policy);
  return {
    title: `${WORDS[document.preset]?.title ?? document.preset}, and more`,
    text: `Besides this preset: ${moreThanPreset(document)}.`,
  };
}
