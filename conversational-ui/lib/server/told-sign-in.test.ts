import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const ISSUER = "https://id.example";

let server: Server;
let answer: { status: number; reason?: string };
/** To who they are. */
let me: { status: number; reason?: string };
let asked: { path: string; issuer: unknown; body: string }[];
let callbacks: typeof import("@/lib/server/auth-callbacks").callbacks;

beforeEach(async () => {
  asked = [];
  server = createServer(async (request, response) => {
    const token = String(request.headers.authorization).replace("Bearer ", "");
    const { sign_in_issuer } = decodeJwt(token);
    asked.push({ path: `${request.url}`, issuer: sign_in_issuer, body: await text(request) });
    const { status, reason } = request.url === "/me" ? me : answer;
    response.writeHead(status).end(JSON.stringify({ reason }));
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("CUDU_ENDPOINT", `http://127.0.0.1:${port}`);
  const { privateKey } = generateKeyPairSync("ed25519");
  vi.stubEnv("GATEWAY_APPLICATION_KEY_FILE", "");
  vi.stubEnv("GATEWAY_APPLICATION_KEY", JSON.stringify(privateKey.export({ format: "jwk" })));
  vi.stubEnv("AUTH_OIDC_ISSUER", ISSUER);
  vi.stubEnv("AUTH_OIDC_ID", "front-end");
  vi.stubEnv("AUTH_OIDC_SCOPE", "openid profile groups");
  vi.resetModules(); // settings are read once
  ({ callbacks } = await import("@/lib/server/auth-callbacks"));
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((then) => server.close(then));
});

const account = { type: "oidc", provider: "oidc", id_token: "i", access_token: "a" };
const signedIn = { account, profile: { iss: ISSUER, sub: "7" }, user: { userId: "mona" } };
const signIn = () => callbacks.signIn(signedIn as never);

describe("who signs in at the issuer", () => {
  it("comes in once the gateway has the issuer's own word", async () => {
    answer = { status: 204 };
    expect(await signIn()).toBe(true);
    const body = { id_token: "i", access_token: "a", scope: "openid profile groups" };
    expect(asked).toEqual([{ path: "/sign-ins", issuer: ISSUER, body: JSON.stringify(body) }]);
  });

  it.each([
    [{ status: 401, reason: "sign_in_revoked" }, "/sign-in?error=Revoked"],
    [{ status: 503, reason: "store_unavailable" }, "/sign-in?error=Gateway"],
    // Whatever is wrong with an ID token, the person reads the same.
    [{ status: 422, reason: "invalid_request" }, "/sign-in?error=Membership"],
    [{ status: 401, reason: "unauthenticated" }, "/sign-in?error=Membership"],
    [{ status: 403, reason: "principal_mismatch" }, "/sign-in?error=Membership"],
  ])("and is let in or not as it answers: %o", async (given, then) => {
    answer = given;
    expect(await signIn()).toBe(then);
  });

  it.each([
    // A gateway of an earlier version, and something that is no gateway.
    [{ status: 200 }, true],
    [{ status: 404, reason: "not_found" }, "/sign-in?error=Gateway"],
    [{ status: 404 }, "/sign-in?error=Gateway"],
  ])(
    "where there is no place to be told, is let in by a gateway alone: %o",
    async (given, then) => {
      answer = { status: 404, reason: "not_found" };
      me = given;
      expect(await signIn()).toBe(then);
      expect(asked.map(({ path, issuer }) => [path, issuer])).toEqual([
        ["/sign-ins", ISSUER],
        ["/me", ISSUER],
      ]);
    },
  );

  it("is signed out after twelve hours, however often the session is asked for", async () => {
    vi.useFakeTimers({ now: new Date("2026-11-30T12:00:00Z") });
    let token = await callbacks.jwt({ ...signedIn, token: {} } as never);
    expect(token).toMatchObject({ sub: "mona", issuer: ISSUER });
    vi.advanceTimersByTime(11 * 60 * 60 * 1000);
    token = await callbacks.jwt({ token } as never);
    expect(token).toMatchObject({ sub: "mona", issuer: ISSUER });
    vi.advanceTimersByTime(60 * 60 * 1000);
    expect(await callbacks.jwt({ token } as never)).toBeNull();
    vi.useRealTimers();
  });
});
