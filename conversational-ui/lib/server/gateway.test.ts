import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Problem } from "@/lib/problems";

let server: Server;
let answer: RequestListener;
let gateway: typeof import("@/lib/server/gateway");

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("CUDU_ENDPOINT", `http://127.0.0.1:${port}/`);
  const { privateKey } = generateKeyPairSync("ed25519");
  vi.stubEnv("GATEWAY_APPLICATION_KEY_FILE", "");
  vi.stubEnv("GATEWAY_APPLICATION_KEY", JSON.stringify(privateKey.export({ format: "jwk" })));
  vi.resetModules(); // settings are read once
  gateway = await import("@/lib/server/gateway");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((then) => server.close(then));
});

const mona = { userId: "mona", issuer: null, spaceId: "sp-1" };

async function problemOf(call: Promise<unknown>): Promise<Problem> {
  const fault = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(fault).toBeInstanceOf(gateway.GatewayError);
  return (fault as InstanceType<typeof gateway.GatewayError>).problem;
}

describe("a call to the gateway", () => {
  it("goes out signed, with an id, and brings the answer", async () => {
    answer = (request, response) => {
      const token = String(request.headers.authorization).replace("Bearer ", "");
      const { sub, space_id, aud } = decodeJwt(token);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ sub, space_id, aud, id: request.headers["x-request-id"] }));
    };
    const value = (await gateway.callGateway(mona, "/me")) as Record<string, string>;
    expect(value).toMatchObject({ sub: "mona", space_id: "sp-1" });
    expect(value.aud).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(value.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("that is refused says why in plain words, with the gateway's request id", async () => {
    answer = (_, response) => {
      response.writeHead(403, {
        "content-type": "application/problem+json",
        "x-request-id": "abc12345",
      });
      response.end(JSON.stringify({ reason: "owner_required", detail: "Only owners." }));
    };
    expect(await problemOf(gateway.callGateway(mona, "/x"))).toEqual({
      reason: "owner_required",
      status: 403,
      title: "Only an owner of this space may do that",
      hint: expect.stringContaining("Members"),
      detail: "Only owners.",
      request_id: "abc12345",
      retry: false,
    });
  });

  it.each([
    [502, "<h1>Bad gateway</h1>", "gateway_unreachable"],
    [404, "<h1>Not here</h1>", "gateway_unsuitable"],
    [500, "null", "gateway_unreachable"],
    [418, '{"reason": "brand_new"}', "internal"],
    [200, "<h1>Welcome</h1>", "gateway_unsuitable"],
  ])("answered with %i and %s is %s", async (status, body, reason) => {
    answer = (_, response) => response.writeHead(status).end(body);
    const it = await problemOf(gateway.callGateway(mona, "/x"));
    expect(it.reason).toBe(reason);
    expect(JSON.stringify(it)).not.toContain("<h1>");
  });

  it("that nobody answers ends in time", async () => {
    answer = () => {};
    const it = await problemOf(gateway.callGateway(mona, "/x", { timeoutMilliseconds: 200 }));
    expect(it).toMatchObject({ reason: "gateway_timeout", retry: true });
  });

  it("finds nobody there, and says so", async () => {
    server.closeAllConnections();
    await new Promise((then) => server.close(then));
    expect(await problemOf(gateway.callGateway(mona, "/x"))).toMatchObject({
      reason: "gateway_unreachable",
      retry: true,
    });
    await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  });

  it("follows no redirect: the signature is for the gateway alone", async () => {
    let followed = false;
    answer = (request, response) => {
      followed ||= request.url === "/elsewhere";
      response.writeHead(307, { location: "/elsewhere" }).end();
    };
    expect((await problemOf(gateway.callGateway(mona, "/x"))).reason).toBe("gateway_unreachable");
    expect(followed).toBe(false);
  });

  it("without a key is a fault of the settings, and names the variable in the log only", async () => {
    vi.stubEnv("GATEWAY_APPLICATION_KEY", "");
    vi.resetModules();
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    gateway = await import("@/lib/server/gateway");
    const it = await problemOf(gateway.callGateway(mona, "/x"));
    expect(it).toMatchObject({ reason: "misconfigured", status: 500, detail: null });
    expect(log.mock.calls.join()).toContain("GATEWAY_APPLICATION_KEY");
    log.mockRestore();
  });
});
