import { isToolUIPart, type UIMessage } from "ai";

/** Words come several times a second; after so long without one, something else is being done. */
export const SILENT_MILLISECONDS = 1500;

/**
 * What is to be said of an answer that goes on. ``told``: a tool's card says it, or asks.
 * ``writing``: words are coming, and only a silence needs to be said.
 */
export function pauseOf(message: UIMessage | undefined): "thinking" | "writing" | "told" {
  const last =
    message?.role === "assistant" &&
    message.parts.findLast((part) => part.type === "text" || isToolUIPart(part));
  if (!last) return "thinking";
  if (last.type === "text") return last.state === "streaming" && last.text ? "writing" : "thinking";
  if (!isToolUIPart(last)) return "thinking";
  if (last.state === "output-available") return last.preliminary ? "told" : "thinking";
  return last.state === "output-error" || last.state === "output-denied" ? "thinking" : "told";
}
