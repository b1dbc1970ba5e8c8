import "server-only";

/**
 * Whether a request that changes something comes from a page of this site (OWASP ASVS 5.0,
 * 3.5.1). Browsers say so in ``Origin``, which no page can forge; ``Sec-Fetch-Site`` is asked
 * as well where it is sent. Exactly this origin: another port or subdomain is another site.
 */
export function isFromThisSite(headers: Headers, publicUrl: URL | undefined): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return false;
  return headers.get("origin") === (publicUrl?.origin ?? seenOrigin(headers));
}

/** Without AUTH_URL: the address the browser asked for. */
function seenOrigin(headers: Headers): string {
  const scheme = headers.get("x-forwarded-proto")?.split(",")[0]?.trim() ?? "http";
  return `${scheme}://${headers.get("host")}`;
}
