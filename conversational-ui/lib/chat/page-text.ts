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

/** A page's properties by name, which Notion tells on one line before its content. */
export function propertiesOf(fetched: string): Record<string, unknown> | null {
  const [, line] = /\n<properties>\n(.*)\n<\/properties>\n/.exec(fetched) ?? [];
  try {
    const found: unknown = JSON.parse(line ?? "null");
    const isRecord = typeof found === "object" && !Array.isArray(found);
    return isRecord ? (found as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
