import "server-only";

import type { Account } from "next-auth";
import { callGateway, GatewayError } from "@/lib/server/gateway";
import { acting, type Principal } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";
import { signInSettings } from "@/lib/server/settings";
import type { SignInError } from "@/lib/sign-in-errors";

/**
 * Gives the gateway the issuer's own word, by which it decides where somebody belongs; null where
 * they may come in. A gateway that cannot be asked lets nobody in: their groups may have changed.
 */
export async function toldSignIn(
  userId: string,
  issuer: string | null,
  account: Account | null | undefined,
): Promise<SignInError | null> {
  const { id_token, access_token } = account ?? {};
  if (account?.type !== "oidc" || !id_token) return null;
  const scope = signInSettings().oidc?.scope ?? "";
  try {
    await callGateway({ userId, issuer }, "/sign-ins", {
      method: "POST",
      body: { id_token, access_token: access_token ?? null, scope },
    });
    return null;
  } catch (fault) {
    if (!(fault instanceof GatewayError)) throw fault;
    const { reason, detail, retry } = fault.problem;
    if (reason === "not_found") return await withoutTelling({ userId, issuer });
    console.error(
      `sign-in refused by the gateway: ${reason}${detail === null ? "" : `: ${detail}`}`,
    );
    if (reason === "sign_in_revoked") return "Revoked";
    return retry ? "Gateway" : "Membership";
  }
}

/**
 * A gateway of an earlier version has no place to be told, and decides nothing by an issuer's word
 * about this site's people: it knows who they are all the same. Whatever else answers 404 is none.
 */
async function withoutTelling(who: Principal): Promise<SignInError | null> {
  try {
    await callGateway(who, "/me");
  } catch (fault) {
    if (!(fault instanceof GatewayError)) throw fault;
    console.error(`the gateway is not where CUDU_ENDPOINT says: ${fault.problem.reason}`);
    return "Gateway";
  }
  console.warn("the gateway is of an earlier version, and does not ask the issuer who belongs");
  return null;
}

/** Whether the gateway refuses them because of where they signed in. */
export async function isSignInRevoked(person: Person): Promise<boolean> {
  try {
    await callGateway(acting(person), "/me");
  } catch (fault) {
    if (!(fault instanceof GatewayError)) throw fault;
    return fault.problem.reason === "sign_in_revoked";
  }
  return false;
}
