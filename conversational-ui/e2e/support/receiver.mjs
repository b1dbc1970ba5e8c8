// A receiver of webhooks: it takes what is signed with its secret, and can be told to refuse.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";

/**
 * @typedef {object} Received
 * @property {string} id of the message, the same when it comes again
 * @property {string} type
 * @property {Record<string, unknown>} data
 */

/**
 * ``state``: the secret that messages have to be signed with, and what is answered to those.
 *
 * @returns {Promise<{
 *   url: string,
 *   received: Received[],
 *   state: { secret: string, status: number },
 *   stop: () => Promise<unknown>,
 * }>}
 */
export async function startReceiver() {
  const received = [];
  const state = { secret: "", status: 204 };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const id = request.headers["webhook-id"];
    if (signature(state.secret, request.headers, body) !== request.headers["webhook-signature"]) {
      response.writeHead(401).end();
      return;
    }
    received.push({ id, ...JSON.parse(body) });
    response.writeHead(state.status, state.status === 302 ? { location: "/elsewhere" } : {}).end();
  });
  await new Promise((then) => server.listen(0, "127.0.0.1", then));
  return {
    url: `http://localhost:${server.address().port}/notion`,
    received,
    state,
    stop: () => new Promise((then) => server.close(then)),
  };
}

/** By Standard Webhooks. */
function signature(secret, headers, body) {
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}
