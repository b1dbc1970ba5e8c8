// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useMentions } from "@/components/chat/use-mentions";

interface Asked {
  path: string;
  signal: AbortSignal;
  answer: (pages: unknown[]) => void;
}

let asked: Asked[];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  vi.stubGlobal(
    "fetch",
    (path: string, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        const answer = (pages: unknown[]) => resolve(Response.json({ pages }));
        asked.push({ path, signal, answer });
      }),
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const rendered = (connected: boolean) => {
  const { result, rerender } = renderHook(
    ({ text }: { text: string }) =>
      useMentions({
        spaceId: "sp-1",
        connected,
        fieldRef: { current: document.createElement("textarea") },
        text,
        mentions: [],
        onMention: () => {},
      }),
    { initialProps: { text: "" } },
  );
  const type = (text: string) => {
    rerender({ text });
    act(() => result.current.onCaret(text.length));
  };
  const pass = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds));
  return { result, type, pass };
};

it("searches once somebody pauses, and no longer for what they have typed over", async () => {
  const { result, type, pass } = rendered(true);
  for (const text of ["@t", "@te", "@tea"]) {
    type(text);
    await pass(100);
  }
  expect(asked).toEqual([]);
  await pass(250);
  expect(asked.map(({ path }) => path)).toEqual(["/api/spaces/sp-1/pages?query=tea"]);
  type("@team");
  expect(asked[0]?.signal.aborted).toBe(true);
  await pass(250);
  asked[1]?.answer([{ title: "Team", url: "https://app.notion.com/p/1" }]);
  await pass(0);
  expect(result.current.pages).toHaveLength(1);
  expect(result.current.active).toBe(0);
  type("no page");
  expect(result.current.isOpen).toBe(false);
  await pass(1000);
  expect(asked.filter(({ signal }) => !signal.aborted)).toEqual([]);
});

it("without a connection says so, and asks nobody", async () => {
  const { result, type, pass } = rendered(false);
  type("@team");
  await pass(1000);
  expect(result.current.words).toBe("Connect Notion to mention its pages.");
  expect(asked).toEqual([]);
});
