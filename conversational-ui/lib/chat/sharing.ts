import type { Share } from "@/lib/api-types";
import { callApi, type Outcome } from "@/lib/call-api";
import type { Owner } from "@/lib/chat/conversations";
import { openKept, send } from "@/lib/chat/kept-conversations";
import { shownPath } from "@/lib/chat/shown-path";
import { type Problem, problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

export const shareApi = ({ spaceId }: Owner, id: string) =>
  spaceApi(spaceId, `/conversations/${encodeURIComponent(id)}/share`);

/** What the person shares in the space. */
export const sharesApi = ({ spaceId }: Owner) => spaceApi(spaceId, "/shared");

/**
 * Lets the space's members read what is on the screen of the conversation, or would be if it were
 * opened. What this browser has of it and the gateway has not is told first.
 */
export async function share(owner: Owner, id: string): Promise<Outcome<Share>> {
  const refused = await send(owner, id);
  if (refused) return notShared(refused);
  const found = await openKept(owner, id).catch(() => null);
  if (found?.kind === "unknown") return { ok: false, problem: found.problem };
  if (found?.kind !== "here") return { ok: false, problem: problem("conversation_unknown", 404) };
  const message_ids = shownPath(id, found.conversation.messages).map((one) => one.id);
  const done = await callApi<Share>(shareApi(owner, id), { method: "PUT", body: { message_ids } });
  return done.ok ? done : notShared(done.problem);
}

/** Where the gateway keeps or shares no more, it says so in words for people. */
function notShared(why: Problem): Outcome<never> {
  const { reason, detail } = why;
  if (reason !== "invalid_request" || detail === null) return { ok: false, problem: why };
  const title = "This conversation cannot be shared";
  return { ok: false, problem: { ...why, title, hint: detail, detail: null } };
}

export const endShare = (owner: Owner, id: string) =>
  callApi<undefined>(shareApi(owner, id), { method: "DELETE" });
