import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { callbacks } from "@/lib/server/auth-callbacks";
import { type Claims, isTold, userIdOf, withUserinfo } from "@/lib/user-claim";

interface Case {
  user_claim: string;
  claims: Claims;
  userinfo: Claims;
  user: string | null;
  why: string;
}

/** The gateway's tests read the same tables: tests/access/test_claims.py. */
function shared(table: string): Case[] {
  const file = new URL(`../../tests/shared/${table}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")).cases;
}

describe("an issuer's claims say who somebody is", () => {
  it.each(shared("user-claims"))("$user_claim: $why", async ({ user_claim, claims, user }) => {
    const userId = userIdOf(claims, user_claim);
    expect(userId).toBe(user);

    const account = { provider: "oidc", type: "oidc", providerAccountId: "7" } as const;
    const given = { account, profile: claims, user: { id: "7", userId, name: "Ada" } };
    const letIn = await callbacks.signIn(given as never);
    expect(letIn).toBe(user === null ? "/sign-in?error=UserClaim" : true);
    const token = await callbacks.jwt({ ...given, token: {} } as never);
    expect(token?.sub ?? null).toBe(user);
  });

  it("and without claims nobody is anybody", () => {
    expect(userIdOf(undefined, "sub")).toBeNull();
  });
});

describe("what an ID token left out, userinfo says", () => {
  it.each(shared("userinfo"))("$user_claim: $why", ({ user_claim, claims, userinfo, user }) => {
    const all = isTold(claims, user_claim) ? claims : withUserinfo(claims, userinfo);
    expect(userIdOf(all, user_claim)).toBe(user);
  });
});
