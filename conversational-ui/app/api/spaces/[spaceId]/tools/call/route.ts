import { failure } from "@/lib/ai/model-failures";
import { callSchema } from "@/lib/ai/schemas";
import { largeBodyOf, STREAM_HEADERS, streamingRoute } from "@/lib/ai/streaming-route";
import { connectNotion } from "@/lib/ai/tools/notion_mcp";
import { withProgress } from "@/lib/ai/tools/toolset";
import { ruleForCall } from "@/lib/chat/call-rule";
import { chatProblem } from "@/lib/chat/failures";
import type { RawMessage } from "@/lib/chat/tool";
import { problem } from "@/lib/problems";
import { GatewayError } from "@/lib/server/gateway";
import { identifier } from "@/lib/server/route";

/**
 * Runs one tool by hand: what a person is asked about first, only once they have approved it.
 * The answer is a line of JSON for each report of progress, and a last one
 * with the result or the problem; if asked for, one for each raw message as well. Leaving cancels the call.
 */
export const POST = streamingRoute<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const asked = await largeBodyOf(request, callSchema);
  const { signal } = request;
  let onMessage: ((message: RawMessage) => void) | undefined;
  const notion = await connectNotion(person, spaceId, signal, (message) => onMessage?.(message));
  const tool = notion.tools.find(({ name }) => name === asked.name);
  const rule = tool && ruleForCall(tool, asked.arguments, asked.policy);
  if (!tool || rule === "block" || (rule === "ask" && !asked.approved)) {
    void notion.close();
    throw new GatewayError(
      rule === "ask"
        ? problem("approval_required", 409)
        : chatProblem(tool ? "tool_blocked" : "tool_missing", 409),
    );
  }
  const outputs = withProgress((onProgress) =>
    notion.call(tool.name, asked.arguments, { signal, onProgress, approved: asked.approved }),
  );
  const line = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  const end = () => {
    onMessage = undefined;
    void notion.close();
  };
  signal.addEventListener("abort", end, { once: true });
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      // From now on: what was said before belongs to the connection, not to the call.
      if (asked.messages) {
        onMessage = (message) => controller.enqueue(line({ kind: "message", ...message }));
      }
    },
    pull: async (controller) => {
      try {
        const { done, value } = await outputs.next();
        if (!done) return controller.enqueue(line(value));
      } catch (fault) {
        controller.enqueue(line({ kind: "problem", problem: failure(fault) }));
      }
      end();
      controller.close();
    },
    cancel: end,
  });
  return new Response(body, {
    headers: { ...STREAM_HEADERS, "content-type": "application/x-ndjson; charset=utf-8" },
  });
});
