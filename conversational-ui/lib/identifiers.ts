/** The gateway's rule for user and space ids. */
const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:@|+~-]{0,199}$/;

export const isIdentifier = (value: unknown): value is string =>
  typeof value === "string" && IDENTIFIER.test(value);

/** A user id for the name somebody typed at the demo's sign-in; null where nothing is left of it. */
export function demoUserId(name: string): string | null {
  const id = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return isIdentifier(id) ? id : null;
}
