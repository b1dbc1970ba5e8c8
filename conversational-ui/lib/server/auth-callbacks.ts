import "server-only";

import type { NextAuthConfig } from "next-auth";
import { isUserId } from "@/lib/identifiers";

declare module "next-auth" {
  interface User {
    /** Who they are at the gateway; null where an issuer did not say it. */
    userId?: string | null;
  }
}

/** Who is let in, and what their session keeps. */
export const callbacks = {
  signIn: ({ user }) => isUserId(user.userId) || "/sign-in?error=UserClaim",
  // Nothing else of the person, and no token of the issuer, goes into the cookie.
  jwt: ({ token, user, account }) => {
    if (!account) return token;
    if (!isUserId(user.userId)) return null;
    return { sub: user.userId, name: displayName(user.name) ?? user.userId };
  },
  session: ({ session, token }) => ({
    expires: session.expires,
    user: { id: token.sub ?? "", name: token.name ?? null },
  }),
} satisfies NextAuthConfig["callbacks"];

export function displayName(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value.trim().slice(0, 100) : null;
}
