/** Remembers the space somebody looked at last. A preference, no permission: the gateway decides. */
export const SPACE_COOKIE = "space";

export function rememberSpace(spaceId: string): void {
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie store needs https
  document.cookie = `${SPACE_COOKIE}=${encodeURIComponent(spaceId)}; path=/; max-age=31536000; samesite=lax${secure}`;
}
