import type { UIMessage } from "ai";

/**
 * Questions that were asked again in other words, or at once in two tabs, and answers that were
 * written again: all versions are kept, and one path through them is shown. A message follows the
 * one that its metadata names in ``after`` ("" for the first); one that names none, as it once was
 * in conversations without versions, follows the one before it in the order of keeping.
 */
interface Metadata {
  after?: string;
}

const FIRST = "";

export const afterOf = (message: UIMessage): string | undefined =>
  (message.metadata as Metadata | undefined)?.after;

/** Which message each one follows. */
function parents(all: readonly UIMessage[]): Map<string, string> {
  const known = new Set(all.map(({ id }) => id));
  const found = new Map<string, string>();
  let before = FIRST;
  for (const message of all) {
    const said = afterOf(message);
    // What it followed may have been deleted elsewhere.
    found.set(
      message.id,
      said !== undefined && (said === FIRST || known.has(said)) ? said : before,
    );
    before = message.id;
  }
  return found;
}

/** All messages that lead to that one, in order. Nothing where it is not there, or leads to itself. */
export function pathTo(all: readonly UIMessage[], id: string): UIMessage[] {
  const [follows, byId] = [parents(all), new Map(all.map((one) => [one.id, one]))];
  const path = new Set<UIMessage>();
  for (let at = byId.get(id); at && !path.has(at); at = byId.get(follows.get(at.id) ?? FIRST)) {
    path.add(at);
  }
  return [...path].reverse();
}

/** What is shown when a conversation is opened: whatever was said last. */
export function newestPath(all: readonly UIMessage[]): UIMessage[] {
  const last = all.at(-1);
  return last ? pathTo(all, last.id) : [];
}

/** With that message, and of what follows it the newest. */
export function pathThrough(all: readonly UIMessage[], id: string): UIMessage[] {
  for (const one of all.toReversed()) {
    const path = pathTo(all, one.id);
    if (path.some((message) => message.id === id)) return path;
  }
  return [];
}

export interface Versions {
  /** From zero. */
  at: number;
  /** Of all versions, in the order in which they came. */
  ids: string[];
}

/** For each shown message that has other versions. */
export function versionsIn(
  all: readonly UIMessage[],
  shown: readonly UIMessage[],
): Map<string, Versions> {
  const follows = parents(all);
  const found = new Map<string, Versions>();
  for (const { id } of shown) {
    // A question beside an answer, too: it was asked where that answer had not come yet.
    const ids = all.filter((one) => follows.get(one.id) === follows.get(id)).map((one) => one.id);
    if (ids.length > 1) found.set(id, { at: ids.indexOf(id), ids });
  }
  return found;
}

/** What is shown and what is not, in the order of keeping; new messages come last. */
export function merged(
  hidden: readonly UIMessage[],
  shown: readonly UIMessage[],
  order: readonly string[],
): UIMessage[] {
  const place = new Map(order.map((id, at) => [id, at]));
  const placeOf = ({ id }: UIMessage) => place.get(id) ?? order.length;
  const here = new Set(shown.map(({ id }) => id));
  return [...hidden.filter(({ id }) => !here.has(id)), ...shown].sort(
    (one, other) => placeOf(one) - placeOf(other),
  );
}

/** Says what it follows: others may say something at the same time. */
export const placedAfter = (before: UIMessage | undefined): Metadata => ({
  after: before?.id ?? FIRST,
});
