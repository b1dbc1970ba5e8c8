import type { UIMessage } from "ai";
import { expect, it } from "vitest";
import { pauseOf } from "@/lib/chat/pause";

type Part = UIMessage["parts"][number];

const answer = (...parts: unknown[]): UIMessage => ({
  id: "1",
  role: "assistant",
  parts: parts as Part[],
});
const call = (state: string, more: object = {}) => ({
  type: "dynamic-tool",
  toolName: "notion-search",
  toolCallId: "1",
  input: {},
  state,
  ...more,
});

it("every pause of an answer is told: before it, between its parts, and after a tool", () => {
  expect(pauseOf(undefined)).toBe("thinking");
  expect(pauseOf({ ...answer(), role: "user" })).toBe("thinking");
  expect(pauseOf(answer({ type: "step-start" }))).toBe("thinking");
  expect(pauseOf(answer({ type: "text", text: "", state: "streaming" }))).toBe("thinking");
  expect(pauseOf(answer({ type: "text", text: "So", state: "streaming" }))).toBe("writing");
  expect(pauseOf(answer({ type: "text", text: "So.", state: "done" }))).toBe("thinking");
  expect(pauseOf(answer(call("output-available"), { type: "step-start" }))).toBe("thinking");
  expect(pauseOf(answer(call("output-error")))).toBe("thinking");
  expect(pauseOf(answer(call("output-denied")))).toBe("thinking");
});

it("a tool that runs, or waits for the person, says so itself", () => {
  for (const state of ["input-streaming", "input-available", "approval-requested"]) {
    expect(pauseOf(answer(call(state)))).toBe("told");
  }
  expect(pauseOf(answer(call("approval-responded")))).toBe("told");
  expect(pauseOf(answer(call("output-available", { preliminary: true })))).toBe("told");
});
