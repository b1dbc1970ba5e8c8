import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let server: Server;
let answer: RequestListener;
let listTools: typeof import("@/lib/server/verify").listTools;
let wantsAnswer: typeof import("@/lib/server/verify").wantsAnswer;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("CUDU_ENDPOINT", `http://127.0.0.1:${port}/`);
  const { privateKey } = generateKeyPairSync("ed25519");
  vi.stubEnv("GATEWAY_APPLICATION_KEY_FILE", "");
  vi.stubEnv("GATEWAY_APPLICATION_KEY", JSON.stringify(privateKey.export({ format: "jwk" })));
  vi.resetModules(); // settings are read once
  ({ listTools, wantsAnswer } = await import("@/lib/server/verify"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((then) => server.close(then));
});

const refused = (milliseconds = 300) =>
  listTools({ userId: "mona", name: "Mona", issuer: null }, "sp-1", milliseconds);

describe("a list of tools that does not come in time", () => {
  it("is the gateway's silence where it has begun no answer", async () => {
    answer = () => {};
    await expect(refused()).rejects.toMatchObject({
      problem: { reason: "gateway_timeout", title: "The gateway did not answer in time" },
    });
  });

  it("is Notion's silence where the answer has begun", async () => {
    answer = ({ method }, response) => {
      if (method !== "POST") return void response.writeHead(405).end();
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    };
    // Long enough for the answer to begin, also where it is slow.
    await expect(refused(4000)).rejects.toMatchObject({
      problem: { reason: "upstream_timeout", title: "Notion did not answer in time" },
    });
  });

  it("is Notion's silence where the gateway says so itself", async () => {
    answer = (_, response) => {
      const data = { reason: "upstream_timeout", request_id: "r-1" };
      response
        .writeHead(504, { "content-type": "application/json" })
        .end(JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: -32010, message: "", data } }));
    };
    await expect(refused()).rejects.toMatchObject({
      problem: { reason: "upstream_timeout", status: 504, request_id: "r-1" },
    });
  });
});

it.each([
  ["a question", { method: "POST", body: '{"id": 0, "method": "tools/list"}' }, true],
  ["a cancellation", { method: "POST", body: '{"method": "notifications/cancelled"}' }, false],
  ["listening", { method: "GET" }, false],
  ["the end of a session", { method: "DELETE" }, false],
])("whether an answer is wanted: %s", (_, init, isWanted) => {
  expect(wantsAnswer(init)).toBe(isWanted);
});
