const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*)?$/;
const LIMIT = 1024;

function decodedOnce(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null; // a stray percent sign, or not UTF-8: no path of ours looks like that
  }
}

/**
 * The path unchanged if it can only lead to this site, else null.
 *
 * The gateway's own rule, so that what passes here passes there: an allowed alphabet rather than
 * a list of tricks, escapes undone until nothing changes, and then no second slash at the
 * beginning (RFC 3986 section 4.2), no backslash, no control character, no dot segments.
 */
export function sameSitePath(value: unknown): string | null {
  if (typeof value !== "string" || value.length > LIMIT) return null;
  if (!PATH.test(value)) return null;
  let decoded = value;
  for (let round = 0; round < LIMIT; round++) {
    const next = decodedOnce(decoded);
    if (next === null) return null;
    if (next === decoded) break;
    decoded = next;
  }
  return pathOf(decoded, value);
}

function pathOf(decoded: string, value: string): string | null {
  const path = decoded.split("?", 1)[0] ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (path.startsWith("//") || /[\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(decoded))
    return null;
  if (path.split("/").some((segment) => segment === "." || segment === "..")) return null;
  return value;
}
