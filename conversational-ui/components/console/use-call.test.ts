// @vitest-environment happy-dom
import { act, cleanup, fireEvent, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useCall } from "@/components/console/use-call";
import type { NotionTool } from "@/lib/chat/tool";
import { NO_POLICY } from "@/lib/chat/tool-policy";
import type { FinishedCall } from "@/lib/console/calls";

const tool: NotionTool = {
  name: "notion-create-pages",
  title: "Create pages",
  description: "",
  inputSchema: { type: "object" },
  kind: "write",
};
const RESULT = { kind: "result", content: [], structuredContent: null, isError: false };

let signal: AbortSignal;
let answer: (lines: unknown[]) => void;
const finished: FinishedCall[] = [];

beforeEach(() => {
  finished.length = 0;
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    signal = init.signal as AbortSignal;
    return new Promise<Response>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      answer = (lines) =>
        resolve(new Response(lines.map((line) => JSON.stringify(line)).join("\n")));
    });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const begin = (approved: boolean) => {
  const hook = renderHook(() => useCall("sp-1", tool, NO_POLICY, (call) => finished.push(call)));
  let over: Promise<unknown> = Promise.resolve();
  act(() => {
    over = hook.result.current.run({}, approved);
  });
  return { ...hook, over };
};

it("leaving cancels a call, but none that was approved: that goes on to its end", async () => {
  begin(false).unmount();
  expect(signal.aborted).toBe(true);
  const { unmount, over } = begin(true);
  unmount();
  expect(signal.aborted).toBe(false);
  answer([RESULT]);
  await over;
  expect(finished.at(-1)?.end.kind).toBe("result");
});

it("Escape cancels either", async () => {
  const { over } = begin(true);
  fireEvent.keyDown(window, { key: "Escape" });
  await act(() => over);
  expect(finished[0]?.end).toMatchObject({ problem: { reason: "cancelled" } });
});

it("Escape that closes or empties something else cancels nothing", async () => {
  const { over } = begin(true);
  const closes = (event: Event) => event.preventDefault();
  document.addEventListener("keydown", closes, true);
  fireEvent.keyDown(document.body, { key: "Escape" });
  document.removeEventListener("keydown", closes, true);
  const search = document.body.appendChild(document.createElement("input"));
  search.type = "search";
  fireEvent.keyDown(search, { key: "Escape" });
  search.remove();
  expect(signal.aborted).toBe(false);
  await act(() => {
    answer([RESULT]);
    return over;
  });
});

it("of very many messages the request and the latest are kept", async () => {
  const { over } = begin(false);
  const said = Array.from({ length: 500 }, (_, at) => ({
    kind: "message",
    direction: at === 0 ? "sent" : "received",
    message: at,
  }));
  await act(() => {
    answer([...said, RESULT]);
    return over;
  });
  const kept = finished[0]?.messages.map(({ message }) => message) ?? [];
  expect([kept.length, kept[0], kept[1], kept.at(-1)]).toEqual([200, 0, 301, 499]);
});
