/** A tool may answer with megabytes: a browser that lays all of them out stands still meanwhile. */
export const FIRST_CHARACTERS = 20_000;
export const MORE_CHARACTERS = 100_000;

/** The beginning of a text, and what is said of the rest. Copied is all of it. */
export function shownPart(text: string, most: number) {
  if (text.length <= most) return { text, isCut: false, words: "" };
  const end = isFirstHalf(text.charCodeAt(most - 1)) ? most - 1 : most;
  const [shown, all] = [end.toLocaleString("en"), text.length.toLocaleString("en")];
  return {
    text: text.slice(0, end),
    isCut: true,
    words: `The first ${shown} of ${all} characters; “Copy” takes all.`,
  };
}

/** Of a character that is two of UTF-16's: it is not cut in the middle. */
const isFirstHalf = (code: number) => code >= 0xd800 && code <= 0xdbff;
