// A real OpenID provider on loopback, with its own development pages for signing in.
//
// node openid-provider.mjs PORT SIGN_IN_CALLBACK AUDIENCE
//
// Its clients: "gateway", the gateway's own sign-in; "product", which gets access tokens for
// AUDIENCE. Whoever signs in is called what they typed.
import Provider from "oidc-provider";

const [port, callback, audience] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const common = {
  grant_types: ["authorization_code"],
  response_types: ["code"],
  client_secret: "the client's own, for tests",
};

const provider = new Provider(issuer, {
  clients: [
    { ...common, client_id: "gateway", redirect_uris: [callback] },
    { ...common, client_id: "product", redirect_uris: ["http://127.0.0.1:4711/callback"] },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["for tests"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@birch.example`,
      email_verified: !id.startsWith("unverified"),
    }),
  }),
  features: {
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "openid",
        audience,
        accessTokenFormat: "jwt",
        accessTokenTTL: 600,
      }),
    },
  },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
});

provider.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
