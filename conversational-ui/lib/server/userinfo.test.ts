import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { OidcSettings } from "@/lib/server/settings";
import { allClaims } from "@/lib/server/userinfo";

let server: Server;
let oidc: OidcSettings;
let asked: string[];
let endpoint: string;
let userinfo: unknown;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    const answer = request.url === "/userinfo" ? userinfo : document();
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(answer));
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  endpoint = `${issuer}/userinfo`;
  oidc = { issuer, clientId: "ui", clientSecret: undefined, scope: "openid", name: "Acme" };
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((then) => server.close(then));
});

const document = () => ({
  issuer: oidc.issuer,
  authorization_endpoint: `${oidc.issuer}/authorize`,
  userinfo_endpoint: endpoint,
});

const claims = { sub: "7" };

it("is asked for what the ID token left out, with the access token", async () => {
  userinfo = { sub: "7", employee: "e-1" };
  expect(await allClaims(claims, "access", "employee", oidc)).toEqual(userinfo);
  expect(asked.at(-1)).toBe("/userinfo Bearer access");
});

it("is not asked for what the ID token says", async () => {
  const named = { ...claims, name: "Ada" };
  expect(await allClaims(named, "access", "sub", oidc)).toBe(named);
  expect(asked).toEqual([]);
});

it("is asked what to call somebody, too", async () => {
  userinfo = { sub: "7", name: "Ada" };
  expect(await allClaims(claims, "access", "sub", oidc)).toEqual(userinfo);
});

it.each([
  ["speaks of somebody else", { sub: "8", employee: "e-1" }],
  ["speaks of nobody", { employee: "e-1" }],
  ["is no object", ["employee"]],
])("says nothing where it %s", async (_, answer) => {
  userinfo = answer;
  expect(await allClaims(claims, "access", "employee", oidc)).toBe(claims);
  expect(console.error).toHaveBeenCalledOnce();
});

it("gets no token where the way there is open to others", async () => {
  endpoint = `http://[::ffff:127.0.0.1]:${(server.address() as AddressInfo).port}/userinfo`;
  userinfo = { sub: "7", employee: "e-1" };
  expect(await allClaims(claims, "access", "employee", oidc)).toBe(claims);
  expect(asked).toHaveLength(1); // the discovery document
});
