import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

/** An OpenID provider of other people's making: any login name with any password will do. */
export async function startIssuer(siteUrl: () => string) {
  const server = createServer((request, response) => {
    void handler(request, response);
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  let handler: ReturnType<Provider["callback"]> = () => Promise.resolve();
  return {
    url,
    /** The site's address is known only once the site runs. */
    open() {
      const provider = new Provider(url, {
        clients: [
          {
            client_id: "conversational-ui",
            client_secret: "an-example-secret-for-the-tests",
            redirect_uris: [`${siteUrl()}/api/auth/callback/oidc`],
          },
        ],
        claims: { openid: ["sub"], profile: ["name", "employee"] },
        conformIdTokenClaims: false,
        findAccount: (_, id) => ({
          accountId: id,
          claims: () => ({
            sub: id,
            name: `Person ${id}`,
            employee: id === "odd" ? " no id" : `e-${id}`,
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
