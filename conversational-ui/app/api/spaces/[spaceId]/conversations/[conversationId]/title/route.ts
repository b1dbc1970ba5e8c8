import type { UIMessage } from "ai";
import { madeTitle } from "@/lib/ai/made-title";
import { chatModel } from "@/lib/ai/model";
import { firstExchange } from "@/lib/chat/first-exchange";
import { titleFor } from "@/lib/chat/title";
import { alterConversation, isUnknown, readConversation } from "@/lib/server/conversations";
import { identifier, route } from "@/lib/server/route";

interface Params {
  spaceId: string;
  conversationId: string;
}

/**
 * Lets the model name one of the signed-in person's own by its first question and answer. Null
 * where nothing has changed: somebody has named it, the model had no word for it, or it only
 * follows rules.
 */
export const POST = route<Params>(async ({ person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const id = identifier(params.conversationId, "conversationId");
  const chosen = chatModel();
  if (!chosen || chosen.info.scripted) return null;
  try {
    const kept = await readConversation(person, spaceId, id, "0");
    const messages = kept.message_ids.map((one) => kept.messages[one] as unknown as UIMessage);
    const exchange = firstExchange(messages);
    const words = titleFor(messages);
    if (!exchange || kept.title !== words) return null;
    const title = await madeTitle(chosen.model, exchange);
    if (title === null) return null;
    const altered = await alterConversation(person, spaceId, id, { title, instead_of: words });
    return { title: altered.title };
  } catch (fault) {
    if (isUnknown(fault)) return null;
    throw fault;
  }
});
