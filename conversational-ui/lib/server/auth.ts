import "server-only";

import NextAuth, { customFetch, type NextAuthConfig } from "next-auth";
import type { Provider } from "next-auth/providers";
import Credentials from "next-auth/providers/credentials";
import { demoUserId } from "@/lib/identifiers";
import { callbacks, displayName, SESSION_SECONDS } from "@/lib/server/auth-callbacks";
import { fetchPrivately } from "@/lib/server/fetch-privately";
import { type SignInSettings, signInSettings } from "@/lib/server/settings";
import { allClaims } from "@/lib/server/userinfo";
import { userIdOf } from "@/lib/user-claim";

/** Sessions live in an encrypted cookie; there is no database. */
export const { handlers, auth, signIn, signOut } = NextAuth(() => configuration(signInSettings()));

export function configuration(settings: SignInSettings): NextAuthConfig {
  return {
    secret: settings.secret,
    // Redirect URIs are checked by the issuer; AUTH_URL pins the host where it is set.
    trustHost: true,
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    providers: providers(settings),
    useSecureCookies: settings.secureCookies,
    cookies: {
      sessionToken: {
        // __Host-: no other host of the domain can set it, and no path or plain http can.
        name: settings.secureCookies ? "__Host-session" : "session",
        options: { httpOnly: true, sameSite: "lax", path: "/", secure: settings.secureCookies },
      },
    },
    callbacks,
    logger: {
      // Names only: an error of the issuer's may quote codes.
      error: (fault) => console.error(`sign-in failed: ${fault.name}`),
      warn: (code) => console.warn(`sign-in: ${code}`),
      debug: () => {},
    },
  };
}

function providers({ oidc, demo, demoName, userClaim }: SignInSettings): Provider[] {
  const list: Provider[] = [];
  if (oidc) {
    list.push({
      id: "oidc",
      name: oidc.name,
      type: "oidc",
      issuer: oidc.issuer,
      clientId: oidc.clientId,
      clientSecret: oidc.clientSecret,
      client: oidc.clientSecret ? {} : { token_endpoint_auth_method: "none" },
      authorization: { params: { scope: oidc.scope } },
      checks: ["pkce", "state", "nonce"],
      [customFetch]: fetchPrivately,
      profile: async (profile, tokens) => {
        const claims = await allClaims(profile, tokens.access_token, userClaim, oidc);
        return {
          userId: userIdOf(claims, userClaim),
          name: displayName(claims.name) ?? displayName(claims.preferred_username),
        };
      },
    });
  }
  if (demo) {
    list.push(
      Credentials({
        id: "demo",
        credentials: { name: {} },
        authorize: ({ name }) => {
          const id = typeof name === "string" ? demoUserId(name, demoName) : null;
          return id === null ? null : { userId: id, name: displayName(name) };
        },
      }),
    );
  }
  return list;
}
