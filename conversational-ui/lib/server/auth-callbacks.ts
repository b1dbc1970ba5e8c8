import "server-only";

import type { NextAuthConfig } from "next-auth";
import { isUserId } from "@/lib/identifiers";
import { userIdOf } from "@/lib/user-claim";

/** Who is let in, and what their session keeps. ``userClaim``: the claim that is the user id. */
export const callbacksFor = (userClaim: string) =>
  ({
    signIn: ({ account, profile }) =>
      account?.provider !== "oidc" ||
      userIdOf(profile, userClaim) !== null ||
      "/sign-in?error=UserClaim",
    // Nothing else of the person, and no token of the issuer, goes into the cookie.
    jwt: ({ token, user, account, profile }) => {
      if (!account) return token;
      const userId = account.provider === "oidc" ? userIdOf(profile, userClaim) : user.id;
      if (!isUserId(userId)) return null;
      return { sub: userId, name: displayName(user.name) ?? userId };
    },
    session: ({ session, token }) => ({
      expires: session.expires,
      user: { id: token.sub ?? "", name: token.name ?? null },
    }),
  }) satisfies NextAuthConfig["callbacks"];

export function displayName(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value.trim().slice(0, 100) : null;
}
