import { createHash, generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { NO_POLICY } from "@/lib/chat/tool-policy";
import type { Person } from "@/lib/server/session";

type Given = { name: string; arguments: Record<string, unknown> };

/** What reached the server besides the protocol's own greetings. */
interface Reached {
  calls: Given[];
  approvals: (string | string[] | undefined)[];
  bodies: string[];
  files: { authorization: string | undefined; body: string }[];
}

let server: Server;
let url: string;
let reached: Reached;
let actsAs: string;
let searchPages: typeof import("@/lib/ai/tools/notion_pages").searchPages;
let recentPages: typeof import("@/lib/ai/tools/notion_pages").recentPages;
let uploadFile: typeof import("@/lib/ai/tools/upload_file").uploadFile;
let answer: (given: Given) => { isError?: boolean; data: unknown };
const ada = { userId: "ada", name: "Ada" } as unknown as Person;
const { signal } = new AbortController();
const page = { title: "Handbook", url: "https://app.notion.com/p/1", type: "page" };
const found = { title: "Handbook", url: page.url, path: null, isDatabase: false };

beforeEach(() => {
  reached = { calls: [], approvals: [], bodies: [], files: [] };
  actsAs = "ada";
});

/** The gateway and, behind its proxy, Notion: over real sockets. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const send = (value: unknown, status = 200) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const path = request.url ?? "";
    if (path.startsWith("/file-uploads/")) {
      reached.files.push({ authorization: request.headers.authorization, body });
      return send({});
    }
    if (path.endsWith("/grants")) return send({ acts_as: actsAs, choice: { mode: "shared" } });
    if (path !== "/mcp/notion/proxy" || request.method !== "POST") return send({}, 404);
    const { id, method, params } = JSON.parse(body);
    if (id === undefined) return response.writeHead(202).end();
    const say = (result: unknown) => send({ jsonrpc: "2.0", id, result });
    if (method === "initialize") {
      return say({
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "Notion MCP", version: "1" },
      });
    }
    if (method === "tools/list") {
      const annotations = { readOnlyHint: false, destructiveHint: false };
      const inputSchema = { type: "object" };
      return say({ tools: [{ name: "notion-create-file-upload", inputSchema, annotations }] });
    }
    if (method !== "tools/call") {
      return send({ jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } });
    }
    reached.calls.push(params);
    reached.bodies.push(body);
    reached.approvals.push(request.headers["x-user-approved-call"]);
    const { data, isError = false } = answer(params);
    return say({ content: [{ type: "text", text: JSON.stringify(data) }], isError });
  });
  await new Promise<void>((then) => server.listen(0, "127.0.0.1", then));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("CUDU_ENDPOINT", url);
  vi.stubEnv("NOTION_MCP_URL", `${url}/mcp`);
  const { privateKey } = generateKeyPairSync("ed25519");
  vi.stubEnv("GATEWAY_APPLICATION_KEY_FILE", "");
  vi.stubEnv("GATEWAY_APPLICATION_KEY", JSON.stringify(privateKey.export({ format: "jwk" })));
  // Settings are read once, so that nothing is imported before.
  ({ recentPages, searchPages } = await import("@/lib/ai/tools/notion_pages"));
  ({ uploadFile } = await import("@/lib/ai/tools/upload_file"));
}, 60_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((then) => server.close(then));
});

describe("pages that can be mentioned", () => {
  it("are searched for, a few at a time, and a refusal of Notion's is told", async () => {
    answer = () => ({ data: { results: [page], type: "workspace_search" } });
    expect(await searchPages(ada, "sp-1", "hand", signal)).toEqual([found]);
    const given = { query: "hand", page_size: 8, max_highlight_length: 0 };
    expect(reached.calls).toMatchObject([{ name: "notion-search", arguments: given }]);
    answer = () => ({ isError: true, data: { message: "Not today" } });
    await expect(searchPages(ada, "sp-1", "hand", signal)).rejects.toMatchObject({
      problem: { reason: "notion_refused", detail: expect.stringContaining("Not today") },
    });
  });

  it("are the person's recent ones, and nobody else's", async () => {
    answer = () => ({ data: { results: [page] } });
    expect(await recentPages(ada, "sp-1", signal)).toEqual([found]);
    expect(reached.calls.map(({ name }) => name)).toEqual(["notion-list-recent-pages"]);
    actsAs = "bob"; // who has connected the space lends it to Ada
    expect(await recentPages(ada, "sp-1", signal)).toEqual([]);
    expect(reached.calls).toHaveLength(1);
  });
});

describe("a file", () => {
  const file = new File(["One plan."], "plan.txt", { type: "text/html" });
  const told = (address: string) => () => ({
    data: {
      file_upload_id: "0f-1",
      upload_url: address,
      upload_headers: { Authorization: "Bearer once" },
    },
  });

  it("goes where Notion says, after a call that the person has approved", async () => {
    answer = told(`${url}/file-uploads/0f-1`);
    expect(await uploadFile(ada, "sp-1", file, NO_POLICY, signal)).toBe("0f-1");
    const given = { filename: "plan.txt", content_type: "text/plain" };
    expect(reached.calls).toMatchObject([{ name: "notion-create-file-upload", arguments: given }]);
    const [body = ""] = reached.bodies;
    expect(reached.approvals).toEqual([createHash("sha256").update(body).digest("hex")]);
    expect(reached.files).toMatchObject([{ authorization: "Bearer once" }]);
    expect(reached.files[0]?.body).toMatch(/name="file"; filename="plan.txt"[\s\S]*One plan\./);
  });

  it("goes nowhere where the tool is blocked, or the address is not Notion's", async () => {
    answer = told("http://169.254.169.254/file-uploads/0f-1");
    const readOnly = { rules: {}, readOnly: true };
    await expect(uploadFile(ada, "sp-1", file, readOnly, signal)).rejects.toMatchObject({
      problem: { reason: "tool_blocked" },
    });
    expect(reached.calls).toEqual([]);
    await expect(uploadFile(ada, "sp-1", file, NO_POLICY, signal)).rejects.toMatchObject({
      problem: { reason: "notion_unsuitable" },
    });
    expect(reached.files).toEqual([]);
  });
});
