/** What the palette lists: each with a group, in the order of the groups. */
export interface Entry {
  id: string;
  group: string;
  label: string;
}

/** Listed of one group, where nothing or little was typed. */
export const MOST_OF_A_GROUP = 8;

const wordsOf = (typed: string) => typed.toLowerCase().split(/\s+/).filter(Boolean);

/** Whether it has all the words that were typed, in any order. */
export function hasWords(label: string, typed: string): boolean {
  const text = label.toLowerCase();
  return wordsOf(typed).every((word) => text.includes(word));
}

/**
 * Those whose label has all the words, in any order; where the words are the beginning of a label,
 * it comes first in its group. At most so many of each group.
 */
export function matching<E extends Entry>(entries: readonly E[], typed: string): E[] {
  const start = wordsOf(typed).join(" ");
  const found = entries.filter(({ label }) => hasWords(label, typed));
  const groups = Map.groupBy(found, ({ group }) => group);
  const isFirst = ({ label }: E) => Number(label.toLowerCase().startsWith(start));
  return [...groups.values()].flatMap((group) =>
    group.toSorted((one, other) => isFirst(other) - isFirst(one)).slice(0, MOST_OF_A_GROUP),
  );
}

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Ctrl-K, on a Mac ⌘K: there Ctrl-K deletes to the end of a line. */
export function opensPalette(pressed: Pressed, isMac: boolean): boolean {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = pressed;
  const [wanted, other] = isMac ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  return key.toLowerCase() === "k" && wanted && !other && !altKey && !shiftKey;
}

export const isMac = () => /mac|iphone|ipad/i.test(navigator.userAgent);
