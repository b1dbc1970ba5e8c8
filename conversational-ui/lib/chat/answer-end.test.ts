import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { BEGUN, endFor, endOf, stopped } from "@/lib/chat/answer-end";

const answer = (parts: unknown[], metadata?: unknown) =>
  ({ id: "a", role: "assistant", parts, metadata }) as UIMessage;
const text = (state?: string) => ({ type: "text", text: "Half a", state });
const call = (state: string) => ({
  type: "dynamic-tool",
  toolName: "notion-search",
  toolCallId: "1",
  state,
  input: {},
  approval: { id: "x", approved: true },
});

describe("an answer's end", () => {
  it.each([
    ["its end was told", answer([text("done")], endFor("stop")), "complete"],
    ["it begun and nothing more came", answer([text("streaming")], BEGUN), "cut"],
    ["between two steps", answer([call("output-available")], BEGUN), "cut"],
    ["the model had no more room", answer([text("done")], endFor("length")), "too_long"],
    ["a person has stopped it", answer([text()], { end: "stopped" }), "stopped"],
    [
      "a call that was allowed has not run",
      answer([call("approval-responded")], endFor("tool-calls")),
      "cut",
    ],
    [
      "it waits for a person",
      answer([call("approval-requested")], endFor("tool-calls")),
      "complete",
    ],
    ["an older one that is whole", answer([text("done")]), "complete"],
    ["an older one in mid-text", answer([text("streaming")]), "cut"],
    ["an older one in a call", answer([text("done"), call("input-available")]), "cut"],
  ])("%s", (_, message, end) => {
    expect(endOf(message)).toBe(end);
  });

  it("a stop marks the last answer, unless it is whole or there is none", () => {
    const question: UIMessage = { id: "q", role: "user", parts: [] };
    const cut = answer([text("streaming")], BEGUN);
    const whole = answer([text("done")], endFor("stop"));
    expect(stopped([question, cut]).map(endOf)[1]).toBe("stopped");
    expect(stopped([question, whole])).toEqual([question, whole]);
    expect(stopped([question])).toEqual([question]);
  });
});
