/**
 * Where Notion shows its own pages. Each one by itself: anybody can publish a site under a name of
 * their choice below notion.site, "sign-in-again.notion.site".
 */
const HOSTS = ["app.notion.com", "notion.com", "www.notion.com", "notion.so", "www.notion.so"];

/**
 * The address if it leads to Notion, else null: https, one of Notion's hosts, and nothing in front
 * of the host that could make another one look like it. (The simulator's pages are there as well.)
 */
export function notionUrl(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const url = URL.parse(value);
  if (url?.protocol !== "https:" || url.username || url.password || url.port) return null;
  return HOSTS.includes(url.hostname) ? url.href : null;
}

/** The address if a chat may link to it: https, and no name or password in it. */
export function linkUrl(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const url = URL.parse(value);
  return url?.protocol === "https:" && !url.username && !url.password ? url.href : null;
}

/**
 * The host that a link leads to, as the address bar shows it (``xn--…`` where its letters could be
 * taken for others), or null: it stays with Notion, or with this site.
 */
export function hostElsewhere(address: string, siteOrigin: string): string | null {
  const url = URL.parse(address);
  if (!url || url.origin === siteOrigin || notionUrl(address) !== null) return null;
  return url.host;
}
