import type { UIMessage, UIMessageChunk } from "ai";
import { describe, expect, it } from "vitest";
import { MOST_CHARACTERS, RunningAnswer, type Write } from "@/lib/answers/running-answer";
import { baseChunk } from "@/lib/chat/answer-base";
import { endOf } from "@/lib/chat/answer-end";
import { chatProblem } from "@/lib/chat/failures";
import { followed, isUnended, withAnswer } from "@/lib/chat/follow-answer";
import { GatewayError } from "@/lib/server/gateway";

const BEGIN: UIMessageChunk[] = [
  { type: "start", messageId: "a1", messageMetadata: { end: "cut" } },
  { type: "start-step" },
  { type: "text-start", id: "t" },
];
const END: UIMessageChunk[] = [
  { type: "text-end", id: "t" },
  { type: "finish", messageMetadata: { end: "complete" } },
];
const words = (...said: string[]): UIMessageChunk[] =>
  said.map((delta) => ({ type: "text-delta", id: "t", delta }));

/** Written piece by piece, when the test says so; ends when it is stopped, as the model's does. */
function writer() {
  let control: ReadableStreamDefaultController<UIMessageChunk>;
  const write: Write = async (signal) =>
    new ReadableStream<UIMessageChunk>({
      start: (controller) => {
        control = controller;
        signal.addEventListener("abort", () => {
          controller.enqueue({ type: "abort" });
          controller.close();
        });
      },
    });
  return {
    write,
    say: (...chunks: UIMessageChunk[]) => {
      for (const chunk of chunks) control.enqueue(chunk);
    },
    end: () => control.close(),
  };
}

async function all(stream: ReadableStream<UIMessageChunk>): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** As a page reads it that comes later. */
async function read(answer: RunningAnswer): Promise<UIMessage | undefined> {
  const rest = answer.follow().getReader();
  const stream = new ReadableStream<UIMessageChunk>({
    start: (controller) => controller.enqueue(baseChunk(answer.base)),
    pull: async (controller) => {
      const { done, value } = await rest.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  let last: UIMessage | undefined;
  for await (const message of followed(stream)) last = message;
  return last;
}

describe("an answer that is being written", () => {
  it("goes on when its reader leaves, and is whole for who comes later", async () => {
    const { write, say, end } = writer();
    const answer = new RunningAnswer(null, write);
    await answer.begun;
    const first = answer.follow().getReader();
    say(...BEGIN, ...words("The ", "plan "));
    expect((await first.read()).value).toEqual(BEGIN[0]);
    await first.cancel();
    const later = all(answer.follow());
    say(...words("is here."), ...END);
    end();
    await answer.over;
    expect(await later).toEqual([...BEGIN, ...words("The ", "plan ", "is here."), ...END]);
    const message = await answer.message();
    expect(message).toEqual(await read(answer));
    expect(message).toMatchObject({
      id: "a1",
      metadata: { end: "complete" },
      parts: [{ type: "step-start" }, { type: "text", text: "The plan is here." }],
    });
  });

  it("goes on with the message that it continues, of which nothing is lost or there twice", async () => {
    const { write, say, end } = writer();
    const base: UIMessage = {
      id: "a1",
      role: "assistant",
      parts: [{ type: "text", text: "I looked.", state: "done" }],
    };
    const answer = new RunningAnswer(base, write);
    await answer.begun;
    say(...BEGIN, ...words("Found."), ...END);
    end();
    const message = await read(answer);
    const texts = message?.parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
    expect(texts).toEqual(["I looked.", "Found."]);
    expect(await answer.message()).toEqual(message);
    expect(base.parts).toHaveLength(1);
  });

  it("ends when it is stopped, and says so to every reader", async () => {
    const { write, say } = writer();
    const answer = new RunningAnswer(null, write);
    await answer.begun;
    say(...BEGIN, ...words("The pl"), {
      type: "tool-input-available",
      toolCallId: "c",
      toolName: "notion-update-page",
      input: {},
      dynamic: true,
    });
    const reading = read(answer);
    answer.stop();
    await answer.over;
    const seen = await reading;
    expect(seen && endOf(seen)).toBe("stopped");
    const kept = await answer.message();
    expect(kept && endOf(kept)).toBe("stopped");
    expect(kept?.parts.at(-1)).toMatchObject({ toolCallId: "c", state: "output-error" });
  });

  it("that cannot begin says why, to whoever waits and to who comes later", async () => {
    const told = chatProblem("model_busy", 429);
    const answer = new RunningAnswer(null, async () => {
      throw new GatewayError(told);
    });
    await expect(answer.begun).rejects.toThrow(GatewayError);
    await answer.over;
    expect(answer.problem).toEqual(told);
    expect(await answer.message()).toBeNull();
    await expect(read(answer)).rejects.toThrow("model_busy");
  });

  it("does not fill the memory", async () => {
    const { write, say } = writer();
    const answer = new RunningAnswer(null, write);
    await answer.begun;
    say(...BEGIN, ...words("x".repeat(MOST_CHARACTERS)), ...words("y"));
    await answer.over;
    expect(answer.problem?.reason).toBe("answer_too_large");
    expect(answer.isStopped).toBe(false);
    const message = await answer.message();
    expect(message && endOf(message)).toBe("cut");
  });
});

describe("what a page has of an answer", () => {
  const user: UIMessage = { id: "u", role: "user", parts: [] };
  const cut: UIMessage = { id: "a", role: "assistant", metadata: { end: "cut" }, parts: [] };
  const complete: UIMessage = { ...cut, metadata: { end: "complete" } };

  it("may be less than there is until its end has come", () => {
    expect([[], [user], [user, cut], [user, complete]].map(isUnended)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it("is replaced by what comes, and others stay", () => {
    expect(withAnswer([user], cut)).toEqual([user, cut]);
    expect(withAnswer([user, cut], complete)).toEqual([user, complete]);
  });
});
