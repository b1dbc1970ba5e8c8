// A formula, and code within a line, have 2,000 characters at most: each begin is looked at no
// further, so that a hostile page's text of begins takes no time.

/** Code is left alone, in blocks and within a line: what looks like a formula there is none. */
const CODE =
  /^ {0,3}(?<fence>`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\k<fence>|$(?![\s\S]))|(?<!`)(?<ticks>`{1,99})(?!`)[^`][\s\S]{0,2000}?(?<!`)\k<ticks>(?!`)/;
const DISPLAYED = /\$\$(?:[^$]|\$(?!\$)){1,2000}\$\$/;
/**
 * As Pandoc has it, so that prices are none: no space inside the dollars, no digit after them. What
 * holds a link, bold words or code stands between the dollars of two prices, paths or variables.
 */
const IN_DOLLARS =
  /(?<![\\$])\$(?![\s$])(?:(?!\]\(|\*\*|`)[^$\n\\]|\\.){0,2000}?(?<![\s\\])\$(?![\d$])/;
const IN_PARENTHESES = /(?<!\\)\\\((?<inner>(?:[^\\]|\\(?!\))){1,2000}?)\\\)/;
const IN_BRACKETS = /(?<!\\)\\\[(?<shown>(?:[^\\]|\\(?!\])){1,2000}?)\\\]/;
const ANY = new RegExp(
  [CODE, DISPLAYED, IN_DOLLARS, IN_PARENTHESES, IN_BRACKETS].map(({ source }) => source).join("|"),
  "gm",
);

/** A parenthesis or bracket can also be escaped so that Markdown makes no link of it. */
const LOOKS_LIKE_ONE = /\\[a-zA-Z]|[\^_=<>]|\w[*+]\w|^\s*[a-zA-Z]\s*$/;
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/**
 * Markdown in which formulae (TeX, between dollars or ``\(`` and ``\)``) are read as they were
 * typed: without this a backslash before punctuation goes, and ``a*b*c`` becomes italic.
 */
export const withFormulaeAsTyped = (markdown: string): string =>
  markdown.replace(ANY, (found, ...rest) => {
    const { fence, ticks, inner, shown } = rest.at(-1) as Record<string, string | undefined>;
    const isEscaped = inner ?? shown;
    if (fence || ticks || (isEscaped && !LOOKS_LIKE_ONE.test(isEscaped))) return found;
    return found.replace(PUNCTUATION, "\\$&");
  });
