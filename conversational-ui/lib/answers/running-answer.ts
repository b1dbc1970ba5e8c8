import "server-only";

import { readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";
import { failureText } from "@/lib/ai/model-failures";
import { compacted } from "@/lib/answers/compacted";
import { type AnswerEnd, stopped } from "@/lib/chat/answer-end";
import { chatProblem, problemIn } from "@/lib/chat/failures";
import { ended } from "@/lib/chat/interruption";
import type { Problem } from "@/lib/problems";

/** As JSON. A conversation of more could not be sent again (``lib/ai/streaming-route.ts``). */
export const MOST_CHARACTERS = 8 * 1024 * 1024;
const MOST_MILLISECONDS = 60 * 60_000;

/** Begins to write; ``signal`` ends everything behind it. */
export type Write = (signal: AbortSignal) => Promise<ReadableStream<UIMessageChunk>>;

/**
 * An answer that is written whether or not somebody reads it. Whoever follows it gets all of it from
 * its beginning, each at their own pace.
 */
export class RunningAnswer {
  /** The answer that it goes on with, where it begins none of its own. */
  readonly base: UIMessage | null;
  /** Resolves once no more comes. */
  readonly over: Promise<void>;
  /** Resolves once it is being written. Rejects where that cannot begin. */
  readonly begun: Promise<void>;
  readonly #chunks: UIMessageChunk[] = [];
  readonly #stopping = new AbortController();
  #characters = 0;
  #isOver = false;
  #more = Promise.withResolvers<void>();

  constructor(base: UIMessage | null, write: Write) {
    this.base = base;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(MOST_MILLISECONDS)]);
    const writing = write(signal);
    this.begun = writing.then(() => {});
    this.begun.catch(() => {}); // told to whoever waits for it, and to followers
    this.over = this.#take(writing).finally(() => {
      this.#isOver = true;
      this.#more.resolve();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** By a person. */
  get isStopped(): boolean {
    const { aborted, reason } = this.#stopping.signal;
    return aborted && reason !== TOO_LARGE;
  }

  /** Grows with what has come. */
  get characters(): number {
    return this.#characters;
  }

  /** A running tool call is cancelled at Notion. */
  stop(): void {
    if (!this.#isOver) this.#stopping.abort();
  }

  follow(): ReadableStream<UIMessageChunk> {
    let at = 0;
    return new ReadableStream({
      pull: async (controller) => {
        while (at === this.#chunks.length && !this.#isOver) await this.#more.promise;
        const chunk = this.#chunks[at];
        at += 1;
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
    });
  }

  /** What has come so far, as a message; null where nothing has. */
  async message(): Promise<UIMessage | null> {
    const base = this.base && structuredClone(this.base);
    const chunks = compacted(this.#chunks);
    const stream = new ReadableStream<UIMessageChunk>({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    let message: UIMessage | null = null;
    for await (const next of readUIMessageStream({ ...(base && { message: base }), stream })) {
      message = next;
    }
    if (!message?.id) return null; // it was stopped before it began
    return this.isStopped ? (stopped(ended([message]))[0] ?? null) : message;
  }

  /** Why it broke off, where it did. */
  get problem(): Problem | null {
    const last = this.#chunks.findLast(({ type }) => type === "error");
    return last?.type === "error" ? problemIn(last.errorText) : null;
  }

  async #take(writing: Promise<ReadableStream<UIMessageChunk>>): Promise<void> {
    try {
      for await (const chunk of await writing) {
        if (chunk.type === "abort" && this.isStopped) this.#push(STOPPED);
        this.#push(chunk);
        if (this.#characters <= MOST_CHARACTERS) continue;
        this.#stopping.abort(TOO_LARGE);
        this.#push({ type: "error", errorText: JSON.stringify(TOO_LARGE) });
        return;
      }
    } catch (fault) {
      if (this.isStopped) this.#push(STOPPED);
      else this.#push({ type: "error", errorText: failureText(fault) });
    }
  }

  #push(chunk: UIMessageChunk): void {
    this.#chunks.push(chunk);
    this.#characters += JSON.stringify(chunk).length;
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }
}

const TOO_LARGE = chatProblem("answer_too_large", 413);
const STOPPED = {
  type: "message-metadata",
  messageMetadata: { end: "stopped" satisfies AnswerEnd },
} as const;
