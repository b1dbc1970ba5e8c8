import type { UIMessage } from "ai";
import { lastAssistantMessageIsCompleteWithApprovalResponses as sendsByItself } from "ai";
import { describe, expect, it } from "vitest";
import { chatProblem } from "@/lib/chat/failures";
import { ended, inWords, retryable } from "@/lib/chat/interruption";
import { problem } from "@/lib/problems";

type Part = UIMessage["parts"][number];

const step: Part = { type: "step-start" };
const said = (text: string): Part => ({ type: "text", text });
const base = {
  type: "dynamic-tool",
  toolName: "notion-fetch",
  toolCallId: "1",
  toolMetadata: { kind: "read" },
  input: {},
} as const;
const done: Part = { ...base, state: "output-available", output: { kind: "result" } };
const running: Part = { ...base, state: "input-available" };
const halfway: Part = { ...done, output: { kind: "progress" }, preliminary: true };
const asking: Part = { ...base, state: "approval-requested", approval: { id: "a" } };
const approved: Part = {
  ...base,
  state: "approval-responded",
  approval: { id: "a", approved: true },
};
const denied: Part = {
  ...base,
  state: "approval-responded",
  approval: { id: "a", approved: false },
};
const failed = (it: { reason: string }): Part => ({
  ...base,
  state: "output-error",
  errorText: JSON.stringify(it),
});

const user: UIMessage = { id: "u", role: "user", parts: [said("Do it")] };
const talk = (...parts: Part[]): UIMessage[] => [user, { id: "a", role: "assistant", parts }];
const partsOf = (messages: UIMessage[]) => messages.at(-1)?.parts;

describe("ending a conversation's open calls", () => {
  const change = (part: Part) => ({ ...part, toolMetadata: { kind: "write" } }) as Part;
  it.each([
    ["one that ran", change(running)],
    ["one that reported progress", change(halfway)],
    ["one that was approved", change(approved)],
  ])("says of a change, %s, that nobody knows whether it was made", (_, part) => {
    const messages = ended(talk(step, part));
    expect(partsOf(messages)?.[1]).toMatchObject({
      state: "output-error",
      errorText: expect.stringContaining('"outcome_unknown"'),
    });
    const [, told] = inWords(messages);
    expect(told?.parts[1]).toHaveProperty("errorText", expect.stringContaining("read the page"));
  });

  it("says of a change that the server refused to begin that it was cancelled", () => {
    const [asked, answer] = talk(step, change(approved)) as [UIMessage, UIMessage];
    const held = [asked, { ...answer, metadata: { end: "complete" } }];
    expect(partsOf(ended(held))?.[1]).toMatchObject({
      errorText: expect.stringContaining('"cancelled"'),
    });
  });

  it.each([
    ["one that ran", running],
    ["one that reported progress", halfway],
    ["one that waited for an answer", asking],
    ["one that was approved and did not run", approved],
  ])("cancels %s, so that nothing later runs it", (_, part) => {
    const messages = ended(talk(step, part));
    expect(partsOf(messages)?.[1]).toMatchObject({
      state: "output-error",
      errorText: expect.stringContaining('"cancelled"'),
    });
    expect(partsOf(messages)?.[1]).not.toHaveProperty("approval");
    expect(sendsByItself({ messages })).toBe(false);
  });

  it("leaves what has ended as it is", () => {
    const messages = talk(step, done, failed(problem("internal", 500)), denied);
    for (const [at, one] of ended(messages).entries()) expect(one).toBe(messages[at]);
  });
});

describe("sending again after a failure", () => {
  it("keeps the steps that were completed", () => {
    const messages = talk(
      step,
      done,
      step,
      said("And then"),
      failed(problem("reconnect_required", 401)),
    );
    expect(retryable(messages)).toEqual(talk(step, done));
  });

  it("begins anew where nothing was completed", () => {
    expect(retryable(talk(step, said("Well")))).toEqual([user]);
    expect(retryable(talk(step, failed(problem("not_connected", 401))))).toEqual([user]);
    expect(retryable([user])).toEqual([user]);
  });

  it("keeps a call that was approved and not run yet: it was answered once", () => {
    expect(retryable(talk(step, done, step, approved))).toEqual(talk(step, done, step, approved));
  });

  it("tells the model of a denial that the server may have heard, and not the server again", () => {
    expect(retryable(talk(step, denied))).toEqual(
      talk(step, { ...denied, state: "output-denied" } as Part),
    );
    const [asked, answer] = talk(step, denied) as [UIMessage, UIMessage];
    const refused = [asked, { ...answer, metadata: { end: "complete" } }];
    expect(retryable(refused)).toEqual(refused);
  });

  it("keeps a failure that the model can say something about", () => {
    const messages = talk(step, failed(problem("upstream_timeout", 504)));
    expect(retryable(messages)).toEqual(messages);
  });

  it("does not repeat what was stopped", () => {
    const messages = talk(step, failed(chatProblem("cancelled", 499)));
    expect(retryable(messages)).toEqual([user]);
  });
});

it("tells a model in words why a call failed", () => {
  const [, answer] = inWords(talk(step, failed(chatProblem("cancelled", 499))));
  expect(answer?.parts[1]).toMatchObject({ errorText: "The call was cancelled by the person." });
  const [, other] = inWords(talk(step, failed(problem("upstream_timeout", 504))));
  expect(other?.parts[1]).toMatchObject({
    errorText: "The tool call failed. Notion did not answer in time.",
  });
});
