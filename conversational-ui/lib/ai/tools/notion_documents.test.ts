import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Person } from "@/lib/server/session";

type Answers = Record<string, (params: Record<string, unknown>) => unknown>;

/** A gateway with a server behind it that offers what a test says, over a real socket. */
let server: Server;
let answers: Answers;
let documents: typeof import("@/lib/ai/tools/notion_documents");
const ada = { userId: "ada", name: "Ada" } as unknown as Person;
const { signal } = new AbortController();

const greeting = (capabilities: object) => (params: Record<string, unknown>) => ({
  protocolVersion: params.protocolVersion,
  capabilities,
  serverInfo: { name: "Notion MCP", version: "1" },
});

beforeEach(async () => {
  server = createServer(async (request, response) => {
    if (request.method !== "POST") return response.writeHead(405).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
    if (id === undefined) return response.writeHead(202).end();
    const answer = answers[method];
    response.writeHead(200, { "content-type": "application/json" });
    const error = { code: -32601, message: `Method not found: ${method}` };
    const said = answer ? { result: answer(params ?? {}) } : { error };
    return response.end(JSON.stringify({ jsonrpc: "2.0", id, ...said }));
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  vi.stubEnv("CUDU_ENDPOINT", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { privateKey } = generateKeyPairSync("ed25519");
  vi.stubEnv("GATEWAY_APPLICATION_KEY_FILE", "");
  vi.stubEnv("GATEWAY_APPLICATION_KEY", JSON.stringify(privateKey.export({ format: "jwk" })));
  vi.resetModules(); // settings are read once
  documents = await import("@/lib/ai/tools/notion_documents");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((then) => server.close(then));
});

describe("prompts", () => {
  it("are listed with their arguments, and got with them filled in", async () => {
    answers = {
      initialize: greeting({ prompts: {} }),
      "prompts/list": () => ({
        prompts: [
          { name: "summary", arguments: [{ name: "page", description: "Which", required: true }] },
        ],
      }),
      "prompts/get": ({ name, arguments: given }) => ({
        messages: [
          { role: "user", content: { type: "text", text: `${name} ${JSON.stringify(given)}` } },
          { role: "assistant", content: { type: "image", data: "AA==", mimeType: "image/png" } },
        ],
      }),
    };
    expect(await documents.listPrompts(ada, "sp-1", signal)).toEqual({
      offered: true,
      listed: [
        {
          name: "summary",
          title: "summary",
          description: "",
          arguments: [{ name: "page", description: "Which", required: true }],
        },
      ],
    });
    const prompt = { name: "summary", arguments: { page: "Handbook" } };
    expect(await documents.getPrompt(ada, "sp-1", prompt, signal)).toEqual([
      { role: "user", text: 'summary {"page":"Handbook"}', type: "text" },
      { role: "assistant", text: null, type: "image" },
    ]);
  });

  it("are none, and not asked for, where the server offers none", async () => {
    answers = {
      initialize: greeting({ tools: {} }),
      "prompts/list": () => {
        throw new Error("asked for");
      },
    };
    const nothing = { offered: false, listed: [] };
    expect(await documents.listPrompts(ada, "sp-1", signal)).toEqual(nothing);
    expect(await documents.listResources(ada, "sp-1", signal)).toEqual(nothing);
  });
});

describe("resources", () => {
  it("are listed with templates, and read as text or as so many bytes", async () => {
    answers = {
      initialize: greeting({ resources: {} }),
      "resources/list": () => ({ resources: [{ uri: "notion://a", name: "a", title: " A " }] }),
      "resources/templates/list": () => ({
        resourceTemplates: [{ uriTemplate: "notion://{id}", name: "page" }],
      }),
      "resources/read": ({ uri }) => ({
        contents: [
          { uri, mimeType: "text/html", text: "<script>1</script>" },
          { uri, blob: "AAAA" },
        ],
      }),
    };
    const { listed } = await documents.listResources(ada, "sp-1", signal);
    expect(listed.map(({ uri, title, isTemplate }) => [uri, title, isTemplate])).toEqual([
      ["notion://a", "A", false],
      ["notion://{id}", "page", true],
    ]);
    expect(await documents.readResource(ada, "sp-1", "notion://a", signal)).toEqual([
      { uri: "notion://a", mimeType: "text/html", text: "<script>1</script>", bytes: 18 },
      { uri: "notion://a", mimeType: null, text: null, bytes: 3 },
    ]);
  });

  it("are listed also where the server knows no templates; what is refused says so", async () => {
    answers = {
      initialize: greeting({ resources: {} }),
      "resources/list": () => ({ resources: [{ uri: "notion://a", name: "a" }] }),
    };
    expect((await documents.listResources(ada, "sp-1", signal)).listed).toHaveLength(1);
    await expect(documents.readResource(ada, "sp-1", "notion://b", signal)).rejects.toMatchObject({
      problem: { reason: "notion_refused" },
    });
  });
});
