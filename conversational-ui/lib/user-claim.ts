import { isUserId } from "@/lib/identifiers";

/**
 * The gateway's rule for who somebody is, by an issuer's claims; null is nobody. An e-mail address
 * is somebody's only where the issuer says that it verified it; some write "true" for true.
 */
export function userIdOf(
  claims: Readonly<Record<string, unknown>> | undefined,
  userClaim: string,
): string | null {
  const verified = claims?.email_verified;
  if (userClaim === "email" && verified !== true && verified !== "true") return null;
  const userId = claims?.[userClaim];
  return isUserId(userId) ? userId : null;
}
