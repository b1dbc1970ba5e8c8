import type { Share } from "@/lib/api-types";
import { callApi, type Outcome } from "@/lib/call-api";
import type { Owner } from "@/lib/chat/conversations";
import { openKept, send } from "@/lib/chat/kept-conversations";
import { newestPath } from "@/lib/chat/versions";
import { problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

export const shareApi = ({ spaceId }: Owner, id: string) =>
  spaceApi(spaceId, `/conversations/${encodeURIComponent(id)}/share`);

/**
 * Lets the space's members read what the conversation shows when it is opened. What this browser
 * has of it and the gateway has not is told first.
 */
export async function share(owner: Owner, id: string): Promise<Outcome<Share>> {
  const refused = await send(owner, id);
  if (refused) return { ok: false, problem: refused };
  const found = await openKept(owner, id).catch(() => null);
  if (found?.kind !== "here") return { ok: false, problem: problem("conversation_unknown", 404) };
  const message_ids = newestPath(found.conversation.messages).map((one) => one.id);
  return callApi<Share>(shareApi(owner, id), { method: "PUT", body: { message_ids } });
}

export const endShare = (owner: Owner, id: string) =>
  callApi<undefined>(shareApi(owner, id), { method: "DELETE" });
