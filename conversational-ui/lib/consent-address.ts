/**
 * How a consent has ended stands in an address that Notion's answer led to. Neither a state nor a
 * code stays there, in the history or in a bookmark: the way on is the bare address, and the end
 * goes along in a cookie, for the one page that it is shown on.
 */
export const CONSENT_END_PATH = "/integrations/notion/callback";
export const CONSENT_END_COOKIE = "consent-end";
/** From the proxy to the page. */
export const CONSENT_END_HEADER = "x-consent-end";
/** Who has to sign in first takes a while. */
export const CONSENT_END_SECONDS = 600;
/** A cookie takes no more than 4096 bytes. */
const MOST_CHARACTERS = 3000;

/** What to do with a request for the page: ``search`` is its query, ``kept`` the cookie's value. */
export function consentEndStep({
  search,
  kept,
  destination,
}: {
  search: string;
  kept: string | undefined;
  /** Of `Sec-Fetch-Dest`. */
  destination: string | null;
}): { kind: "keep"; search: string } | { kind: "load" } | { kind: "show"; search: string } {
  if (search === "") return { kind: "show", search: kept ?? "" };
  // Asked for by a script, which keeps its old address: it has to load the page as a whole.
  if (destination !== null && destination !== "document") return { kind: "load" };
  return { kind: "keep", search: search.length > MOST_CHARACTERS ? "" : search };
}

/** The query that was kept, as a page's ``searchParams`` has it. */
export function keptQuery(search: string | null): Record<string, string | string[]> {
  const query = new URLSearchParams(search ?? "");
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? (values[0] as string) : values];
    }),
  );
}
