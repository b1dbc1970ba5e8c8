import type { UIMessage } from "ai";
import { describe, expect, it } from "vitest";
import { endOf } from "@/lib/chat/answer-end";
import { unknownAnew } from "@/lib/chat/ask-anew";
import { chatProblem } from "@/lib/chat/failures";
import { ended } from "@/lib/chat/interruption";
import { isAsking } from "@/lib/chat/waiting";

type Part = UIMessage["parts"][number];

const step: Part = { type: "step-start" };
const call = (toolCallId: string, kind: string, rest: object) =>
  ({
    type: "dynamic-tool",
    toolName: "notion-update-page",
    toolCallId,
    toolMetadata: { kind },
    input: { page_id: "p" },
    ...rest,
  }) as unknown as Part;
const approval = { id: "ap", approved: true, signature: "s" };
const approved = call("c1", "write", { state: "approval-responded", approval });
const ran = call("c1", "write", { state: "input-available" });
const done = call("c2", "write", { state: "output-available", output: { kind: "result" } });
const reading = call("c3", "read", { state: "input-available" });
const talk = (end: string, ...parts: Part[]): UIMessage[] => [
  { id: "u", role: "user", parts: [] },
  { id: "a", role: "assistant", metadata: { end }, parts },
];

describe("a change of which nobody knows whether it was made", () => {
  it.each([
    ["it was approved", talk("cut", step, approved)],
    ["it ran unasked", talk("cut", step, ran)],
    ["a person stopped it", ended(talk("cut", step, approved))],
  ])("is asked about anew: %s", (_, messages) => {
    const anew = unknownAnew(messages) ?? [];
    const part = anew[1]?.parts[1];
    expect(isAsking(anew)).toBe(true);
    expect(part).toMatchObject({ state: "approval-requested", input: { page_id: "p" } });
    expect(JSON.stringify(part)).not.toMatch(/"ap"|signature|errorText/);
    expect(endOf(anew[1] as UIMessage)).toBe("complete"); // no more is coming until it is answered
  });

  it("does not have what was done beside it done again", () => {
    const anew = unknownAnew(talk("cut", step, done, approved, reading)) ?? [];
    expect(anew[1]?.parts.slice(1)).toMatchObject([
      done,
      { toolCallId: "c1", state: "approval-requested" },
      { toolCallId: "c3", errorText: JSON.stringify(chatProblem("cancelled", 499)) },
    ]);
  });

  it("is none that the server refused to begin, that reads, or from which the answer went on", () => {
    expect(unknownAnew(talk("complete", step, approved))).toBeNull();
    expect(unknownAnew(talk("cut", step, reading))).toBeNull();
    expect(unknownAnew(talk("cut", step, done))).toBeNull();
    const [user, answer] = ended(talk("cut", step, approved)) as [UIMessage, UIMessage];
    const on = {
      ...answer,
      parts: [...answer.parts, step, { type: "text", text: "Well" } as Part],
    };
    expect(unknownAnew([user, on])).toBeNull();
    expect(unknownAnew([user])).toBeNull();
  });
});
