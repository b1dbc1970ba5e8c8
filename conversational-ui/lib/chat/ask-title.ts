import { callApi } from "@/lib/call-api";
import { chosenModel } from "@/lib/chat/chosen-model";
import { type Owner, readConversation, retitleConversation } from "@/lib/chat/conversations";
import { firstExchange } from "@/lib/chat/first-exchange";
import { chosenPlace } from "@/lib/chat/place";
import { titleFor } from "@/lib/chat/title";
import { spaceApi } from "@/lib/space-paths";

/** Of this page: each conversation is asked about once. */
const asked = new Set<string>();

/**
 * After the first answer: what the model calls the conversation, where it is still called by its
 * first words and the gateway keeps it. Null where those stay.
 */
export async function askTitle(owner: Owner, id: string): Promise<string | null> {
  if (asked.has(id) || chosenPlace(owner) !== "gateway") return null;
  const kept = await readConversation(owner, id).catch(() => null);
  if (!kept || !firstExchange(kept.messages)) return null;
  const words = titleFor(kept.messages);
  if (kept.title !== words) return null;
  asked.add(id);
  const path = spaceApi(owner.spaceId, `/conversations/${encodeURIComponent(id)}/title`);
  const made = await callApi<{ title: string } | null>(path, {
    method: "POST",
    body: { model: chosenModel(owner, id) }, // what is said in it goes to no other
  });
  if (!made.ok || !made.value) return null;
  const { title } = made.value;
  // What its person has called it here meanwhile stays.
  return (await retitleConversation(owner, id, title, words)) ? title : null;
}
