import { createUIMessageStreamResponse, safeValidateUIMessages, type UIMessage } from "ai";
import { answer } from "@/lib/ai/answer";
import { chatModel } from "@/lib/ai/model";
import { chatSchema } from "@/lib/ai/schemas";
import { largeBodyOf, STREAM_HEADERS, streamingRoute } from "@/lib/ai/streaming-route";
import { gatewayAnswers } from "@/lib/answers/gateway-answers";
import { keepAnswer } from "@/lib/answers/keep-answer";
import type { RunningAnswer } from "@/lib/answers/running-answer";
import { runningAnswers } from "@/lib/answers/running-answers";
import { chatProblem } from "@/lib/chat/failures";
import { decidedIn } from "@/lib/chat/waiting";
import { messagesThrough } from "@/lib/server/conversations";
import { GatewayError } from "@/lib/server/gateway";
import { BadRequest, identifier } from "@/lib/server/route";

/** The next turn of a conversation, streamed; it is written to its end whoever reads it. */
export const POST = streamingRoute<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const asked = await largeBodyOf(request, chatSchema);
  const { conversationId, kept } = asked;
  const before = kept ? await messagesThrough(person, spaceId, conversationId, kept) : [];
  const checked = await safeValidateUIMessages<UIMessage>({
    messages: [...before, ...asked.messages],
  });
  if (!checked.success) throw new BadRequest("messages: malformed");
  const chosen = chatModel(asked.model);
  if (!chosen) throw new GatewayError(chatProblem("no_model", 409));
  const messages = checked.data;
  const where = { userId: person.userId, spaceId, conversationId };
  const last = messages.at(-1);
  const running = runningAnswers().begin(
    where,
    last ?? null,
    (signal) =>
      answer({
        person,
        model: chosen.model,
        room: chosen.room,
        messages,
        leftOut: asked.leftOut,
        spaceId,
        conversationId,
        spaceName: asked.spaceName,
        policy: asked.policy,
        again: asked.again,
        signal,
      }),
    async (written) =>
      asked.isKept &&
      // A decision that came second must not be kept over what the first one has done.
      (decidedIn(messages).length === 0 || (await hasBegun(written))) &&
      keepAnswer(written, gatewayAnswers(person, where), messages.slice(before.length)),
  );
  await running.begun;
  return createUIMessageStreamResponse({ headers: STREAM_HEADERS, stream: running.follow() });
});

const hasBegun = ({ begun }: RunningAnswer): Promise<boolean> =>
  begun.then(
    () => true,
    () => false,
  );
