const [BEGIN, END] = ["\n<content>\n", "\n</content>"];

/**
 * A page's content, without what Notion tells around it: where it lies and what properties it has.
 * Null where there is none to be found.
 */
export function contentOf(fetched: string): string | null {
  const from = fetched.indexOf(BEGIN);
  if (from < 0) return fetched.includes("\n<blank-page>\n") ? "" : null;
  const to = fetched.lastIndexOf(END);
  return to < from ? null : fetched.slice(from + BEGIN.length, to);
}
