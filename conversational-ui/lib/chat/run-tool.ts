import { browserProblem, isProblem } from "@/lib/browser-problems";
import { chatProblem } from "@/lib/chat/failures";
import type { Progress, RawMessage, ToolResult } from "@/lib/chat/tool";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { whosePage } from "@/lib/whose-page";

export type ToolEnd =
  | { kind: "result"; result: ToolResult }
  | { kind: "problem"; problem: Problem };

export interface ToolCall {
  spaceId: string;
  policy: ToolPolicy;
  name: string;
  arguments: unknown;
  /** False where no person has asked for just this call: then a policy that wants it asked refuses. */
  approved: boolean;
}

/** Runs one tool by hand. Never throws: a fault is an end, and so is a cancellation. */
export async function runTool(
  { spaceId, ...call }: ToolCall,
  {
    signal,
    onProgress,
    onMessage,
  }: {
    signal: AbortSignal;
    onProgress: (progress: Progress) => void;
    /** Gets the raw messages of the call, which are not asked for without it. */
    onMessage?: (message: RawMessage) => void;
  },
): Promise<ToolEnd> {
  try {
    const answer = await fetch(spaceApi(spaceId, "/tools/call"), {
      method: "POST",
      headers: { "content-type": "application/json", ...whosePage() },
      body: JSON.stringify({ ...call, messages: onMessage !== undefined }),
      cache: "no-store",
      signal,
    });
    if (!answer.ok || !answer.body) {
      const told: unknown = await answer.json().catch(() => null);
      return failed(isProblem(told) ? told : browserProblem("internal", answer.status));
    }
    for await (const line of lines(answer.body)) {
      const message = JSON.parse(line) as
        | Progress
        | ToolResult
        | ({ kind: "message" } & RawMessage)
        | { kind: "problem"; problem: Problem };
      if (message.kind === "progress") onProgress(message);
      else if (message.kind === "message") {
        onMessage?.({ direction: message.direction, message: message.message });
      } else if (message.kind === "result") return { kind: "result", result: message };
      else return message;
    }
    return failed(chatProblem("interrupted", 0));
  } catch {
    return failed(signal.aborted ? chatProblem("cancelled", 499) : browserProblem("offline", 0));
  }
}

const failed = (it: Problem): ToolEnd => ({ kind: "problem", problem: it });

/** Exported for its tests. */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    waiting += value;
    const complete = waiting.split("\n");
    waiting = complete.pop() ?? "";
    yield* complete.filter(Boolean);
  }
  if (waiting) yield waiting;
}
