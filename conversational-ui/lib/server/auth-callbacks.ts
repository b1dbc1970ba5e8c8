import "server-only";

import type { NextAuthConfig, Profile } from "next-auth";
import type {} from "next-auth/jwt";
import { isUserId } from "@/lib/identifiers";
import { toldSignIn } from "@/lib/server/told-sign-in";

declare module "next-auth" {
  interface User {
    /** Who they are at the gateway; null where an issuer did not say it. */
    userId?: string | null;
    /** The OpenID issuer that they signed in at, if there is one. */
    issuer?: string | null;
  }
}

declare module "next-auth/jwt" {
  interface JWT {
    issuer?: string | null;
    /** When they signed in, in seconds. */
    since?: number;
  }
}

export const SESSION_SECONDS = 12 * 60 * 60;

/** Who is let in, and what their session keeps. */
export const callbacks = {
  signIn: async ({ user, account, profile }) => {
    if (!isUserId(user.userId)) return "/sign-in?error=UserClaim";
    const error = await toldSignIn(user.userId, issuerOf(profile), account);
    return error === null || `/sign-in?error=${error}`;
  },
  // Nothing else of the person, and no token of the issuer, goes into the cookie.
  jwt: ({ token, user, account, profile }) => {
    const now = Math.floor(Date.now() / 1000);
    if (!account) {
      // A session that is asked for gets a cookie that lasts longer; the sign-in does not.
      const since = token.since ?? token.iat ?? 0;
      return now < since + SESSION_SECONDS ? { ...token, since } : null;
    }
    if (!isUserId(user.userId)) return null;
    const name = displayName(user.name) ?? user.userId;
    return { sub: user.userId, name, issuer: issuerOf(profile), since: now };
  },
  session: ({ session, token }) => ({
    expires: session.expires,
    user: { id: token.sub ?? "", name: token.name ?? null, issuer: token.issuer ?? null },
  }),
} satisfies NextAuthConfig["callbacks"];

/** Of a verified ID token. */
const issuerOf = (profile: Profile | undefined): string | null =>
  typeof profile?.iss === "string" ? profile.iss : null;

export function displayName(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value.trim().slice(0, 100) : null;
}
