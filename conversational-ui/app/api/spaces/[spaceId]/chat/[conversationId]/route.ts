import { createUIMessageStreamResponse, type UIMessageChunk } from "ai";
import { STREAM_HEADERS, streamingRoute } from "@/lib/ai/streaming-route";
import type { RunningAnswer } from "@/lib/answers/running-answer";
import { runningAnswers } from "@/lib/answers/running-answers";
import { baseChunk } from "@/lib/chat/answer-base";
import { stopAnswers } from "@/lib/server/conversations";
import { type Asked, identifier, route } from "@/lib/server/route";

interface Params {
  spaceId: string;
  conversationId: string;
}

const whereOf = ({ person, params }: Asked<Params>) => ({
  userId: person.userId,
  spaceId: identifier(params.spaceId, "spaceId"),
  conversationId: identifier(params.conversationId, "conversationId"),
});

/**
 * The answer that is being written in it, from its beginning; with ``to``, to one of those messages.
 * 204 where none is, by this replica.
 */
export const GET = streamingRoute<Params>(async (asked) => {
  const running = runningAnswers().find(
    whereOf(asked),
    asked.request.nextUrl.searchParams.getAll("to"),
  );
  if (!running) return new Response(null, { status: 204, headers: STREAM_HEADERS });
  return createUIMessageStreamResponse({ headers: STREAM_HEADERS, stream: whole(running) });
});

/** Stops the answer, whichever replica writes it. */
export const DELETE = route<Params>(async (asked) => {
  const where = whereOf(asked);
  if (runningAnswers().stop(where)) return;
  await stopAnswers(asked.person, where.spaceId, where.conversationId);
});

/** With what it goes on with, for readers who were not there when it began. */
function whole(running: RunningAnswer): ReadableStream<UIMessageChunk> {
  const rest = running.follow().getReader();
  return new ReadableStream<UIMessageChunk>({
    start: (controller) => controller.enqueue(baseChunk(running.base)),
    pull: async (controller) => {
      const { done, value } = await rest.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => rest.cancel(reason),
  });
}
