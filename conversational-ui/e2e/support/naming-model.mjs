// A model that names conversations. All else it leaves to the simulated one, which only follows
// rules and is therefore not asked for names.
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** How what it is told begins, where it is to name one (`lib/ai/made-title.ts`). */
const NAMING = "You name conversations.";

/**
 * ``names``: what it calls them, from the next one on; ``passTo``: where the simulated model is.
 *
 * @returns {Promise<{
 *   url: string,
 *   names: (title: string) => void,
 *   passTo: (simulatorUrl: string) => void,
 *   stop: () => void,
 * }>}
 */
export async function startNamingModel() {
  let [title, simulatorUrl] = ["", ""];
  const server = createServer(async (request, response) => {
    const asked = JSON.parse(Buffer.concat(await request.toArray()).toString());
    if (JSON.stringify(asked.messages[0]).includes(NAMING)) {
      const message = { role: "assistant", content: title };
      const choices = [{ index: 0, message, finish_reason: "stop" }];
      const named = { id: "named", object: "chat.completion", created: 0, model: asked.model };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...named, choices }));
      return;
    }
    const answer = await fetch(`${simulatorUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...asked, model: "scripted-demo" }),
    });
    const type = answer.headers.get("content-type") ?? "application/json";
    response.writeHead(answer.status, { "content-type": type });
    await pipeline(Readable.fromWeb(answer.body), response).catch(() => {}); // nobody reads on
  });
  await new Promise((then) => server.listen(0, "127.0.0.1", then));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    names: (wanted) => {
      title = wanted;
    },
    passTo: (url) => {
      simulatorUrl = url;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
