import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { callbacksFor } from "@/lib/server/auth-callbacks";
import { userIdOf } from "@/lib/user-claim";

/** The gateway's tests read the same table: tests/access/test_claims.py. */
const { cases } = JSON.parse(
  readFileSync(new URL("../../tests/shared/user-claims.json", import.meta.url), "utf8"),
) as {
  cases: {
    user_claim: string;
    claims: Record<string, unknown>;
    user: string | null;
    why: string;
  }[];
};

describe("an issuer's claims say who somebody is", () => {
  it.each(cases)("$user_claim: $why", async ({ user_claim, claims, user }) => {
    expect(userIdOf(claims, user_claim)).toBe(user);

    const { signIn, jwt } = callbacksFor(user_claim);
    const account = { provider: "oidc", type: "oidc", providerAccountId: "7" } as const;
    const given = { account, profile: claims, user: { id: "7", name: "Ada" } };
    expect(await signIn(given as never)).toBe(user === null ? "/sign-in?error=UserClaim" : true);
    const token = await jwt({ ...given, token: {} } as never);
    expect(token?.sub ?? null).toBe(user);
  });

  it("and without claims nobody is anybody", () => {
    expect(userIdOf(undefined, "sub")).toBeNull();
  });
});
