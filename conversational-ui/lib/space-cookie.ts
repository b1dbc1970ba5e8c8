import type { Space } from "@/lib/api-types";

/**
 * Remembers the space somebody looked at last, and who that was: a browser may be used by several
 * people. A preference, no permission: the gateway decides.
 */
export const SPACE_COOKIE = "space";

/** No space's id has a slash in it. */
const valueFor = (spaceId: string, userId: string) => `${spaceId}/${userId}`;

export function rememberSpace(spaceId: string, userId: string): void {
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  const value = encodeURIComponent(valueFor(spaceId, userId));
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie store needs https
  document.cookie = `${SPACE_COOKIE}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
}

/**
 * The space to open: the one this person chose last in this browser, else the only one that they
 * made or accepted an invitation to: of several, an owner's renaming would decide. Never one that they were merely added to: what they typed would go
 * to the Notion of somebody they may not know.
 */
export function spaceToOpen(
  spaces: readonly Space[],
  cookie: string | undefined,
  userId: string,
): Space | null {
  const last = spaces.find(({ space_id }) => valueFor(space_id, userId) === cookie);
  const [only, another] = spaces.filter(({ is_chosen }) => is_chosen);
  return last ?? (another ? null : (only ?? null));
}
