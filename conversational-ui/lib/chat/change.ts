import { inWords, isRecord, ownOf, TOOLS } from "@/lib/chat/change-words";

/** What a call of one of Notion's writing tools does, as a person reads it before allowing it. */

/** A stretch of a sentence: words, a page (or database, or folder) by its id, or what is quoted. */
export type Piece = string | { page: string } | { quote: string };

/**
 * ``before``: null where nothing was there; where the page itself must be asked, all of its content,
 * or one of its properties, which is the one that the title names.
 */
export interface Difference {
  title: string | null;
  before: string | null | { wholePage: string } | { propertyOf: string };
  after: string;
}

export interface Change {
  sentence: Piece[];
  differences: Difference[];
  /** What else was given, by name. Nothing of a call is left out of sight. */
  others: [name: string, value: string][];
}

/** Null where the tool, or the shape of what it was given, is not known: then all is shown as it is. */
export function changeOf(tool: string, input: unknown): Change | null {
  if (!isRecord(input)) return null;
  const told = ownOf(TOOLS, tool)?.(input);
  if (!told) return null;
  const others = Object.entries(input)
    .filter(([name]) => !told.said.includes(name))
    .map(([name, value]): [string, string] => [name, inWords(value)]);
  return { sentence: told.sentence, differences: told.differences ?? [], others };
}
