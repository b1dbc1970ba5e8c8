import "server-only";

import { importJWK, type JWK, SignJWT } from "jose";
import type { Person } from "@/lib/server/session";
import { applicationKey, gatewaySettings } from "@/lib/server/settings";

/** How long a signature lasts; the gateway accepts 60 seconds at most. */
export const PRINCIPAL_SECONDS = 60;

/** A person, where they signed in, and the one space they act in, if it is only one. */
export interface Principal {
  userId: string;
  /** Once it is revoked, the gateway refuses them. */
  issuer: string | null;
  spaceId?: string | undefined;
}

export const acting = ({ userId, issuer }: Person, spaceId?: string): Principal => ({
  userId,
  issuer,
  spaceId,
});

export interface Signer {
  key: JWK;
  issuer: string;
  audience: string;
}

const imported = new WeakMap<JWK, ReturnType<typeof importJWK>>();

/**
 * A signed principal for the gateway: a JWT by this application, for one person, good for one
 * minute and, where something is changed, for one request (``jti``).
 */
export async function signPrincipal(
  { userId, issuer: signInIssuer, spaceId }: Principal,
  { key, issuer, audience }: Signer,
  now: Date = new Date(),
): Promise<string> {
  const algorithm = key.crv === "P-256" ? "ES256" : "EdDSA";
  let loading = imported.get(key);
  if (!loading) {
    loading = importJWK(key, algorithm);
    imported.set(key, loading);
  }
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({
    ...(spaceId === undefined ? {} : { space_id: spaceId }),
    ...(signInIssuer === null ? {} : { sign_in_issuer: signInIssuer }),
  })
    .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(key.kid ? { kid: key.kid } : {}) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(userId)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + PRINCIPAL_SECONDS)
    .sign(await loading);
}

/** The headers that say who is calling. Made anew for every request. */
export async function principalHeaders(principal: Principal): Promise<Record<string, string>> {
  const { application, audience } = gatewaySettings();
  const token = await signPrincipal(principal, {
    key: applicationKey(),
    issuer: application,
    audience,
  });
  return {
    authorization: `Bearer ${token}`,
    // Count for nothing beside the signature, but must agree with it. A header holds no more than
    // ASCII safely.
    ...(/^[\x20-\x7e]+$/.test(principal.userId) ? { "x-user-id": principal.userId } : {}),
    ...(principal.spaceId === undefined ? {} : { "x-space-id": principal.spaceId }),
  };
}
