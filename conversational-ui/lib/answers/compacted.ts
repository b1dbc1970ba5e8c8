import type { UIMessageChunk } from "ai";

/** The same answer in fewer pieces: words that follow each other in one text are one. */
export function compacted(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
  const fewer: UIMessageChunk[] = [];
  for (const chunk of chunks) {
    const last = fewer.at(-1);
    if (chunk.type === "text-delta" && last?.type === "text-delta" && last.id === chunk.id) {
      fewer[fewer.length - 1] = { ...last, delta: last.delta + chunk.delta };
    } else if (
      chunk.type === "tool-input-delta" &&
      last?.type === "tool-input-delta" &&
      last.toolCallId === chunk.toolCallId
    ) {
      const inputTextDelta = last.inputTextDelta + chunk.inputTextDelta;
      fewer[fewer.length - 1] = { ...last, inputTextDelta };
    } else fewer.push(chunk);
  }
  return fewer;
}
