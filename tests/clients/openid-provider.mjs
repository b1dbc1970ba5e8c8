// A real OpenID provider on loopback, with its own development pages for signing in.
//
// node openid-provider.mjs PORT SIGN_IN_CALLBACK AUDIENCE [conforming]
//
// With "conforming" an ID token says no more than who it is about: the rest is at userinfo (OpenID
// Connect Core 1.0 section 5.4).
//
// Its clients: "gateway", the gateway's own sign-in; "product", which gets access tokens for
// AUDIENCE. Whoever signs in is called what they typed.
import Provider from "oidc-provider";

const [port, callback, audience, mode] = process.argv.slice(2);
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
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["preferred_username", "groups"],
  },
  conformIdTokenClaims: mode === "conforming",
  cookies: { keys: ["for tests"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@birch.example`,
      email_verified: id.startsWith("text") ? "true" : !id.startsWith("unverified"),
      preferred_username: `${id} o'Brien`,
      groups: Array.from({ length: 500 }, (_, number) => `${number}-of-the-many-groups`),
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
