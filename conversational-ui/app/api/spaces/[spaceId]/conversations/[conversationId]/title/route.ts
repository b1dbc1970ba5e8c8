import type { UIMessage } from "ai";
import { madeTitle } from "@/lib/ai/made-title";
import { chosenChatModel } from "@/lib/ai/model";
import { titleSchema } from "@/lib/ai/schemas";
import { firstExchange } from "@/lib/chat/first-exchange";
import { titleFor } from "@/lib/chat/title";
import { alterConversation, isUnknown, readConversation } from "@/lib/server/conversations";
import { bodyOf, identifier, route } from "@/lib/server/route";

interface Params {
  spaceId: string;
  conversationId: string;
}

/**
 * Lets the model that the person has chosen, and no other, name one of their own by its first
 * question and answer. Null where nothing has changed: somebody has named it, the model had no word
 * for it, or it only follows rules.
 */
export const POST = route<Params>(async ({ request, person, params }) => {
  const spaceId = identifier(params.spaceId, "spaceId");
  const id = identifier(params.conversationId, "conversationId");
  const chosen = chosenChatModel((await bodyOf(request, titleSchema)).model);
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
