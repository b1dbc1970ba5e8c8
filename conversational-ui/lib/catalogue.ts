import type { Catalogue, CatalogueChange } from "@/lib/api-types";

const LOOK_FAILURES: Record<NonNullable<Catalogue["failure"]>, string> = {
  unreachable: "Notion did not answer, or not with a list.",
  timed_out: "Notion took too long to answer.",
  too_large: "Notion's list was larger than the gateway keeps.",
  unclear: "Notion's list made no sense.",
};

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

/** What is said of the tools that Notion lists. */
export interface CatalogueView {
  text: string;
  /** Why what is shown may be old; null where it is not. */
  failure: string | null;
  unseen: string | null;
  flagged: string | null;
}

export function catalogueView(
  known: Pick<
    Catalogue,
    "is_on" | "version" | "failure" | "unseen_changes" | "flagged_changes" | "tools"
  >,
): CatalogueView {
  const { version, unseen_changes: unseen, flagged_changes: flagged } = known;
  const text =
    version > 0
      ? `${counted(known.tools.length, "tool")}, version ${version} of the list.${known.is_on ? "" : " This gateway looks no more."}`
      : known.is_on
        ? "Nobody has looked yet. The gateway does so soon after a consent, and once a day."
        : "This gateway does not look which tools Notion lists.";
  return {
    text,
    failure: known.failure && `${LOOK_FAILURES[known.failure]} What was known before stays.`,
    unseen: unseen > 0 ? `${counted(unseen, "change")} not seen yet` : null,
    flagged: flagged > 0 ? `${flagged} to look at` : null,
  };
}

export const KIND_WORDS: Record<CatalogueChange["kind"], string> = {
  added: "new",
  removed: "gone",
  changed: "changed",
};
