import { isUserId } from "@/lib/identifiers";

export type Claims = Readonly<Record<string, unknown>>;

/**
 * The gateway's rule for who somebody is, by an issuer's claims; null is nobody. An e-mail address
 * is somebody's only where the issuer says that it verified it; some write "true" for true.
 */
export function userIdOf(claims: Claims | undefined, userClaim: string): string | null {
  const verified = claims?.email_verified;
  if (userClaim === "email" && verified !== true && verified !== "true") return null;
  const userId = claims?.[userClaim];
  return isUserId(userId) ? userId : null;
}

/** Issuers that keep to OpenID Connect Core 1.0 section 5.4 say the rest at userinfo only. */
export function isTold(claims: Claims, userClaim: string): boolean {
  return userClaim in claims && (userClaim !== "email" || "email_verified" in claims);
}

/**
 * An ID token's claims, and what it left out; the ID token has the last word. Nothing is taken of
 * a userinfo that speaks about somebody else (section 5.3.2). An address and whether it is
 * verified come from one place, so that neither vouches for the other's.
 */
export function withUserinfo(claims: Claims, userinfo: Claims): Claims {
  if (claims.sub === undefined || userinfo.sub !== claims.sub) return claims;
  const both = "email" in userinfo && "email_verified" in userinfo;
  return both ? { ...userinfo, ...withoutEmail(claims) } : { ...withoutEmail(userinfo), ...claims };
}

const withoutEmail = ({ email: _, email_verified: __, ...rest }: Claims): Claims => rest;
