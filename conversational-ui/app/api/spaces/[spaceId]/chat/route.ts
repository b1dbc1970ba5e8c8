import { safeValidateUIMessages, type UIMessage } from "ai";
import { answer } from "@/lib/ai/answer";
import { chatModel } from "@/lib/ai/model";
import { chatSchema } from "@/lib/ai/schemas";
import { largeBodyOf, streamingRoute } from "@/lib/ai/streaming-route";
import { chatProblem } from "@/lib/chat/failures";
import { GatewayError } from "@/lib/server/gateway";
import { BadRequest, identifier } from "@/lib/server/route";

/** The next turn of a conversation, streamed. Nothing of it is kept here. */
export const POST = streamingRoute<{ spaceId: string }>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const asked = await largeBodyOf(request, chatSchema);
  const checked = await safeValidateUIMessages<UIMessage>({ messages: asked.messages });
  if (!checked.success) throw new BadRequest("messages: malformed");
  const chosen = chatModel();
  if (!chosen) throw new GatewayError(chatProblem("no_model", 409));
  return answer({
    person,
    model: chosen.model,
    messages: checked.data,
    spaceId,
    spaceName: asked.spaceName,
    policy: asked.policy,
    signal: request.signal,
  });
});
