import { afterEach, describe, expect, it, vi } from "vitest";
import { lines, runTool } from "@/lib/chat/run-tool";
import type { Progress } from "@/lib/chat/tool";
import { NO_POLICY } from "@/lib/chat/tool-policy";
import { problem } from "@/lib/problems";

const call = {
  spaceId: "sp-1",
  policy: NO_POLICY,
  name: "notion-search",
  arguments: {},
  approved: true,
};
const body = (...chunks: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
const answering = (answer: Response | Error) =>
  vi.stubGlobal("fetch", () =>
    answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer),
  );
const run = async () => {
  const seen: Progress[] = [];
  const { signal } = new AbortController();
  return { seen, end: await runTool(call, { signal, onProgress: (one) => seen.push(one) }) };
};

afterEach(() => vi.unstubAllGlobals());

describe("running a tool by hand", () => {
  it("reads lines however they are cut", async () => {
    const found = [];
    for await (const line of lines(body('{"a"', ":1}\n{", '"b":"é"}\n\n{}', ""))) found.push(line);
    expect(found).toEqual(['{"a":1}', '{"b":"é"}', "{}"]);
  });

  it("hears the raw messages where somebody asks for them", async () => {
    const message = { direction: "sent" as const, message: { method: "tools/call" } };
    const result = { kind: "result", content: [], structuredContent: null, isError: false };
    const asked: unknown[] = [];
    vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
      asked.push(JSON.parse(String(init.body)));
      const said = [{ kind: "message", ...message }, result];
      return Promise.resolve(new Response(body(said.map((one) => JSON.stringify(one)).join("\n"))));
    });
    const heard: unknown[] = [];
    const { signal } = new AbortController();
    const end = await runTool(call, {
      signal,
      onProgress: () => {},
      onMessage: (one) => heard.push(one),
    });
    await runTool(call, { signal, onProgress: () => {} });
    expect(heard).toEqual([message]);
    expect(end.kind).toBe("result");
    expect(asked).toMatchObject([{ messages: true }, { messages: false }]);
  });

  it("reports progress, and ends with the result", async () => {
    const progress = { kind: "progress", progress: 1, total: 2, message: null };
    const result = { kind: "result", content: [], structuredContent: null, isError: true };
    answering(new Response(body(`${JSON.stringify(progress)}\n${JSON.stringify(result)}\n`)));
    expect(await run()).toEqual({ seen: [progress], end: { kind: "result", result } });
  });

  it("ends with the problem that was told, before or after it began", async () => {
    const told = problem("reconnect_required", 401);
    answering(Response.json(told, { status: 401 }));
    expect((await run()).end).toEqual({ kind: "problem", problem: told });
    answering(new Response(body(`${JSON.stringify({ kind: "problem", problem: told })}\n`)));
    expect((await run()).end).toEqual({ kind: "problem", problem: told });
  });

  it("does not take a stream that breaks off for a result", async () => {
    answering(new Response(body('{"kind":"progress","progress":1}\n')));
    expect((await run()).end).toMatchObject({ problem: { reason: "interrupted" } });
  });

  it("tells a cancellation from a network that failed", async () => {
    answering(new TypeError("Failed to fetch"));
    expect((await run()).end).toMatchObject({ problem: { reason: "offline" } });
    const end = await runTool(call, { signal: AbortSignal.abort(), onProgress: () => {} });
    expect(end).toMatchObject({ problem: { reason: "cancelled" } });
  });
});
