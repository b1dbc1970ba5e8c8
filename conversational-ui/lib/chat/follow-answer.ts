import { readUIMessageStream, type UIMessage, type UIMessageChunk } from "ai";
import { baseOf } from "@/lib/chat/answer-base";
import { endOf } from "@/lib/chat/answer-end";

/** An answer that was begun before, as it grows. Rejects where it breaks off. */
export async function* followed(stream: ReadableStream<UIMessageChunk>): AsyncGenerator<UIMessage> {
  const reader = stream.getReader();
  const base = structuredClone(baseOf((await reader.read()).value)); // it grows in place
  reader.releaseLock();
  let fault: unknown;
  const growing = readUIMessageStream({
    ...(base && { message: base }),
    stream,
    onError: (error) => {
      fault ??= error;
    },
  });
  for await (const message of growing) if (message.id) yield message;
  if (fault) throw fault;
}

/** In the place of what is there of it, else after all others. */
export function withAnswer(messages: UIMessage[], answer: UIMessage): UIMessage[] {
  const at = messages.findLastIndex(({ id }) => id === answer.id);
  return at < 0 ? [...messages, answer] : messages.with(at, answer);
}

/** More may have come of its last answer than is here, or may be coming. */
export function isUnended(messages: readonly UIMessage[]): boolean {
  const last = messages.at(-1);
  return last !== undefined && (last.role === "user" || endOf(last) === "cut");
}
