/** The gateway's rule for space ids. */
const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:@|+~-]{0,199}$/;

export const isIdentifier = (value: unknown): value is string =>
  typeof value === "string" && IDENTIFIER.test(value);

/** The gateway's rule for user ids: what can be shown, and no space at either end. */
const USER_ID = /^(?! )(?:[^\p{C}\p{Z}]| ){1,255}(?<! )$/u;

export const isUserId = (value: unknown): value is string =>
  typeof value === "string" && USER_ID.test(value);

/**
 * A user id for the name somebody typed at the demo's sign-in; null where nothing is left of it.
 * ``suggested`` is one already: who has spaces by it finds them.
 */
export function demoUserId(name: string, suggested?: string): string | null {
  if (name.trim() === suggested) return suggested;
  const id = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return isIdentifier(id) ? id : null;
}
