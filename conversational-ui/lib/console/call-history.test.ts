import "fake-indexeddb/auto";
import { afterEach, describe, expect, it } from "vitest";
import {
  forgetAllCalls,
  forgetCalls,
  keepCall,
  listCalls,
  MOST_CALLS,
} from "@/lib/console/call-history";
import type { FinishedCall } from "@/lib/console/calls";

const ada = { userId: "ada", spaceId: "sp-1" };
const call = (at: number, text = "found"): FinishedCall => ({
  id: crypto.randomUUID(),
  tool: "notion-search",
  title: "Search",
  input: { query: `number ${at}` },
  end: {
    kind: "result",
    result: {
      kind: "result",
      content: [{ type: "text", text }],
      structuredContent: null,
      isError: false,
    },
  },
  messages: [{ direction: "sent", message: { method: "tools/call" } }],
  at: new Date(at * 1000).toISOString(),
  milliseconds: 12,
});

afterEach(forgetAllCalls);

describe("the calls that were made by hand", () => {
  it("are there again, the newest first, for the person and the space alone", async () => {
    const [first, second] = [call(1), call(2)];
    await keepCall(ada, first);
    await keepCall(ada, second);
    await keepCall({ ...ada, spaceId: "sp-2" }, call(3));
    await keepCall({ ...ada, userId: "grace" }, call(4));
    expect(await listCalls(ada)).toEqual([second, first]);
  });

  it("are bounded in number: the oldest go", async () => {
    for (let at = 0; at <= MOST_CALLS; at++) await keepCall(ada, call(at));
    const kept = await listCalls(ada);
    expect(kept).toHaveLength(MOST_CALLS);
    expect(kept.at(-1)?.input).toEqual({ query: "number 1" });
  });

  it("are bounded in size: of a large one it is kept what was asked and how it ended", async () => {
    await keepCall(ada, call(1, "x".repeat(600_000)));
    const [kept] = await listCalls(ada);
    expect(kept).toMatchObject({ isShortened: true, input: { query: "number 1" }, messages: [] });
    expect(JSON.stringify(kept).length).toBeLessThan(1000);
    await keepCall(ada, { ...call(2), input: { content: "x".repeat(600_000) } });
    expect(JSON.stringify(await listCalls(ada)).length).toBeLessThan(2000);
  });

  it("go when they are cleared, and all of them when somebody signs out", async () => {
    const other = { ...ada, spaceId: "sp-2" };
    await keepCall(ada, call(1));
    await keepCall(other, call(2));
    await forgetCalls(ada);
    expect(await listCalls(ada)).toEqual([]);
    expect(await listCalls(other)).toHaveLength(1);
    await forgetAllCalls();
    expect(await listCalls(other)).toEqual([]);
  });
});
