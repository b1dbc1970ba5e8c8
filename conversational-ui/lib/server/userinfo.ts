import "server-only";

import * as oauth from "oauth4webapi";
import { fetchPrivately } from "@/lib/server/fetch-privately";
import type { OidcSettings } from "@/lib/server/settings";
import { type Claims, isTold, withUserinfo } from "@/lib/user-claim";

const WAIT_MS = 10_000;

/**
 * The claims of an ID token and, where those do not say who it is or what to call them, of the issuer's userinfo
 * (OpenID Connect Core 1.0 section 5.3). An issuer that cannot be asked has said nothing more.
 */
export async function allClaims(
  claims: Claims,
  accessToken: string | null | undefined,
  userClaim: string,
  oidc: OidcSettings,
): Promise<Claims> {
  const named = "name" in claims || "preferred_username" in claims;
  if ((isTold(claims, userClaim) && named) || !accessToken) return claims;
  try {
    return withUserinfo(claims, await userinfo(String(claims.sub), accessToken, oidc));
  } catch (fault) {
    // The name only: a message may quote what the issuer said of the person.
    console.error(`userinfo: ${fault instanceof Error ? fault.name : "failed"}`);
    return claims;
  }
}

async function userinfo(sub: string, accessToken: string, oidc: OidcSettings): Promise<Claims> {
  const options = {
    [oauth.customFetch]: fetchPrivately,
    [oauth.allowInsecureRequests]: true, // on loopback; see fetchPrivately
    signal: () => AbortSignal.timeout(WAIT_MS),
  };
  const issuer = new URL(oidc.issuer);
  const client = { client_id: oidc.clientId };
  const found = await oauth.discoveryRequest(issuer, options);
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const answer = await oauth.userInfoRequest(server, client, accessToken, options);
  return oauth.processUserInfoResponse(server, client, sub, answer);
}
