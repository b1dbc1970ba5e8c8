import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import Provider from "oidc-provider";
import { startStack } from "./stack.mjs";

export const CLIENT = { id: "acme-client", secret: "an-example-secret-for-the-tests" };

/** An OpenID provider of other people's making: any login name with any password will do. */
export async function startIssuer() {
  const server = createServer((request, response) => {
    void handler(request, response);
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  let handler: ReturnType<Provider["callback"]> = () => Promise.resolve();
  const groups = new Map<string, string[]>();
  return {
    url,
    /** Which groups somebody is in, by their login; none, unless it is said here. */
    groups,
    /** A site's address is known only once it runs. */
    open(redirectUri: string) {
      const provider = new Provider(url, {
        clients: [
          {
            client_id: CLIENT.id,
            client_secret: CLIENT.secret,
            redirect_uris: [redirectUri],
          },
        ],
        claims: { openid: ["sub"], profile: ["name", "employee"], groups: ["groups"] },
        conformIdTokenClaims: true, // an ID token says the subject only, the rest is at userinfo
        findAccount: (_, id) => ({
          accountId: id,
          claims: () => ({
            sub: id,
            name: `Person ${id}`,
            employee: id === "odd" ? " no id" : `e-${id}`,
            groups: groups.get(id) ?? [],
          }),
        }),
        cookies: { keys: ["tests"] },
      });
      handler = provider.callback();
    },
    stop: () =>
      new Promise<void>((then) => {
        server.close(() => then());
        server.closeAllConnections();
      }),
  };
}

/** On the issuer's own pages: logs in, and agrees. */
export async function logInAtIssuer(page: Page, login: string): Promise<void> {
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

/** A stack whose people sign in at an issuer; the gateway believes its groups for `roadmap`. */
export async function startFederated() {
  const issuer = await startIssuer();
  const stack = await startStack({
    environment: {
      DEMO_SIGN_IN: "",
      AUTH_OIDC_ISSUER: issuer.url,
      AUTH_OIDC_ID: CLIENT.id,
      AUTH_OIDC_SECRET: CLIENT.secret,
      AUTH_OIDC_NAME: "Acme",
      AUTH_OIDC_SCOPE: "openid profile groups",
      AUTH_USER_CLAIM: "employee",
    },
    gatewayEnvironment: {
      GATEWAY_OIDC_ISSUER: issuer.url,
      GATEWAY_OIDC_FRONT_END_CLIENT_ID: CLIENT.id,
      GATEWAY_OIDC_USER_CLAIM: "employee",
      GATEWAY_OIDC_MEMBERSHIPS: JSON.stringify([{ space: "roadmap", group: "notion" }]),
    },
  });
  issuer.open(`${stack.url}/api/auth/callback/oidc`);
  return {
    stack,
    issuer,
    /** From the site's sign-in through the issuer's pages. */
    signIn: async (page: Page, login: string) => {
      await page.goto(`${stack.url}/members`);
      await page.getByRole("button", { name: "Continue with Acme" }).click();
      await page.waitForURL(`${issuer.url}/**`);
      await logInAtIssuer(page, login);
    },
    stop: async () => {
      await stack.stop();
      await issuer.stop();
    },
  };
}
