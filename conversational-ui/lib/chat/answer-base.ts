import type { UIMessage, UIMessageChunk } from "ai";

/** First in the stream of an answer that is read again: the message that it goes on with, if any. */
const TYPE = "data-base";

export const baseChunk = (base: UIMessage | null): UIMessageChunk => ({
  type: TYPE,
  data: base,
  transient: true,
});

/** Null where it goes on with none. */
export function baseOf(chunk: UIMessageChunk | undefined): UIMessage | null {
  return chunk?.type === TYPE ? ((chunk as { data: UIMessage | null }).data ?? null) : null;
}
