const PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*(\?[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*)?$/;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;
const BACKSLASH_OR_INVISIBLE = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
const LIMIT = 1024;
/** What the callback page reads a consent's end from; see lib/consent-end.ts. */
const RESULT_NAMES = ["status", "error", "state", "spaceId", "processId", "workspaceId", "mcp"];

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Escapes undone once. What is no escape stays, and what is not UTF-8 becomes U+FFFD. */
const decodedOnce = (value: string): string =>
  value.replace(ESCAPES, (run) => {
    const bytes = run.slice(1).split("%");
    return UTF8.decode(Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)));
  });

function decoded(value: string): string {
  const next = decodedOnce(value);
  return next === value ? value : decoded(next);
}

/**
 * The path unchanged if it can only lead to this site, else null.
 *
 * An allowed alphabet rather than a list of tricks. Escapes are undone until nothing changes,
 * because the next hop may undo them too, and then there is no second slash at the beginning
 * (RFC 3986 section 4.2), no dot segment, no backslash and nothing invisible. An escaped
 * question mark ends no path: a browser takes ``/%3F/..//evil.example`` for ``//evil.example``.
 */
export function sameSitePath(value: unknown): string | null {
  if (typeof value !== "string" || value.length > LIMIT) return null;
  if (!PATH.test(value) || BROKEN_ESCAPE.test(value)) return null;
  const path = decoded(value.split("?", 1)[0] ?? "");
  if (path.startsWith("//") || BACKSLASH_OR_INVISIBLE.test(decoded(value))) return null;
  return path.split(/[/?]/).some((segment) => segment === "." || segment === "..") ? null : value;
}

/**
 * The path unchanged if a consent may return to it, else null: the gateway's
 * ``require_return_path``. No path with a result's name in its query, which the callback page
 * could take for the gateway's answer.
 */
export function returnPath(value: unknown): string | null {
  const path = sameSitePath(value);
  if (path === null || !path.includes("?")) return path;
  const query = new URLSearchParams(path.slice(path.indexOf("?")));
  return RESULT_NAMES.some((name) => query.has(name)) ? null : path;
}
