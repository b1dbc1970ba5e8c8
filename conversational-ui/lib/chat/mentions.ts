import { notionUrl } from "@/lib/chat/links";

/**
 * Pages and files that a person names in a message. Where they write, a name stands as "@Handbook";
 * what is sent has the address as well, as a link in Markdown: "@[Handbook](https://…)".
 */
export interface Mention {
  label: string;
  /** A page at Notion, or a file that was uploaded there (``fileUrl``). */
  url: string;
}

const MOST_LABEL = 80;
const LINK = /@\[((?:[^\\[\]\n]|\\[\\[\]]){1,200})\]\(([^\s()]{1,600})\)/g;
const FILE = /^file-upload:\/\/([A-Za-z0-9-]{1,64})$/;

/** As Notion names a file that has been uploaded, and stands on no page yet. */
export const fileUrl = (id: string): string => `file-upload://${id}`;
export const isFile = (url: string): boolean => FILE.test(url);

/** The address if it may stand in a mention, else null. */
const mentionable = (url: string): string | null => (isFile(url) ? url : notionUrl(url));

/** A title on one line, without characters that nobody sees, which could make it look like another. */
export function labelFor(title: string, taken: readonly Mention[] = [], url = ""): string {
  const line = title
    .replace(/\p{Cc}+/gu, " ")
    .replace(/\p{Cf}+/gu, "")
    .replace(/\s+/g, " ")
    .trim();
  const label = Array.from(line).slice(0, MOST_LABEL).join("").trim() || "Untitled";
  const isTaken = (one: string) => taken.some((other) => other.label === one && other.url !== url);
  let free = label;
  for (let count = 2; isTaken(free); count++) free = `${label} (${count})`;
  return free;
}

/** What is sent of a text in which these are named; what its text no longer names is left out. */
export function written(text: string, mentions: readonly Mention[]): string {
  if (mentions.length === 0) return text;
  const byLength = mentions.toSorted((one, other) => other.label.length - one.label.length);
  let sent = "";
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", from)) {
    const found = byLength.find(({ label }) => {
      const end = at + 1 + label.length;
      return text.startsWith(label, at + 1) && !/^[\p{L}\p{N}]/u.test(text.slice(end, end + 2));
    });
    sent += text.slice(from, at) + (found ? linkTo(found) : "@");
    from = at + 1 + (found?.label.length ?? 0);
  }
  return sent + text.slice(from);
}

export const linkTo = ({ label, url }: Mention): string =>
  `@[${label.replace(/[\\[\]]/g, "\\$&")}](${url.replaceAll("(", "%28").replaceAll(")", "%29")})`;

/** A text that was sent: words, and what is named among them. */
export function piecesOf(sent: string): (string | Mention)[] {
  const pieces: (string | Mention)[] = [];
  let from = 0;
  for (const match of sent.matchAll(LINK)) {
    const [whole, name = "", address = ""] = match;
    const url = mentionable(address);
    if (url === null) continue;
    if (match.index > from) pieces.push(sent.slice(from, match.index));
    pieces.push({ label: labelFor(name.replace(/\\([\\[\]])/g, "$1")), url });
    from = match.index + whole.length;
  }
  if (from < sent.length) pieces.push(sent.slice(from));
  return pieces;
}

/** A text that was sent, as a person writes it. The other way round: ``written``. */
export function unwritten(sent: string): { text: string; mentions: Mention[] } {
  const mentions: Mention[] = [];
  const words = piecesOf(sent).map((piece) => {
    if (typeof piece === "string") return piece;
    const label = labelFor(piece.label, mentions, piece.url);
    if (!mentions.some(({ url }) => url === piece.url)) mentions.push({ ...piece, label });
    return `@${label}`;
  });
  return { text: words.join(""), mentions };
}

/** For a title or a list, where nothing can be opened. */
export const withoutAddresses = (sent: string): string => unwritten(sent).text;

/** What is looked for: what stands between an "@" and the caret. */
export interface Wanted {
  /** Where the "@" stands. */
  from: number;
  query: string;
}

const BEFORE_CARET = /(?:^|[\s(])@((?:[^\s@][^@\n]{0,59})?)$/u;

/** Null where no page is being named. */
export function wantedAt(
  text: string,
  caret: number,
  mentions: readonly Mention[] = [],
): Wanted | null {
  const before = text.slice(Math.max(0, caret - 80), caret);
  const query = BEFORE_CARET.exec(before)?.[1];
  if (query === undefined) return null;
  // Named already: what follows are other words.
  if (mentions.some(({ label }) => query === label || query.startsWith(`${label} `))) return null;
  return { from: caret - query.length - 1, query };
}

/** The text with the page in place of what was typed, and where the caret stands then. */
export function named(text: string, { from, query }: Wanted, label: string) {
  const before = `${text.slice(0, from)}@${label} `;
  const after = text.slice(from + 1 + query.length).replace(/^ /, "");
  return { text: before + after, caret: before.length };
}
