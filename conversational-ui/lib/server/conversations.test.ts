import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

let server: Server;
let conversations: typeof import("@/lib/server/conversations");
const mona = { userId: "mona", name: "Mona", issuer: null };
const message = (id: string, metadata?: object) => ({ id, role: "user", parts: [], metadata });
/** Two versions of the second message. */
const KEPT = [message("m1"), message("m2"), message("m3"), message("other", { after: "m1" })];

beforeAll(async () => {
  server = createServer((request, response) => {
    const isKept = request.url === "/spaces/sp-1/conversations/c?after=0";
    response.writeHead(isKept ? 200 : 404, { "content-type": "application/json" });
    const kept = {
      message_ids: KEPT.map(({ id }) => id),
      messages: Object.fromEntries(KEPT.map((one) => [one.id, one])),
    };
    response.end(JSON.stringify(isKept ? kept : { reason: "conversation_unknown" }));
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  vi.stubEnv("CUDU_ENDPOINT", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { privateKey } = generateKeyPairSync("ed25519");
  vi.stubEnv("GATEWAY_APPLICATION_KEY_FILE", "");
  vi.stubEnv("GATEWAY_APPLICATION_KEY", JSON.stringify(privateKey.export({ format: "jwk" })));
  conversations = await import("@/lib/server/conversations");
});

afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((then) => server.close(then));
});

it("what leads to a message is read from the gateway, by the version that is meant", async () => {
  const through = async (id: string, count: number) =>
    (await conversations.messagesThrough(mona, "sp-1", "c", { through: id, count })).map(
      (one) => one.id,
    );
  expect(await through("m3", 3)).toEqual(["m1", "m2", "m3"]);
  expect(await through("other", 2)).toEqual(["m1", "other"]);
});

it.each([
  ["a message that is not there", "c", "gone", 1],
  ["a conversation that was deleted elsewhere", "deleted", "m3", 3],
  ["a message that others lead to", "c", "m3", 2],
])("%s is not guessed at: the browser has to send all of it", async (_, id, through, count) => {
  await expect(
    conversations.messagesThrough(mona, "sp-1", id, { through, count }),
  ).rejects.toMatchObject({ problem: { reason: "messages_missing", status: 409 } });
});
