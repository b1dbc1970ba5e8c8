import type { Outcome } from "@/lib/call-api";
import { listConversations, type Owner } from "@/lib/chat/conversations";
import { deleteThere, listThere } from "@/lib/chat/gateway-conversations";
import { inTurn } from "@/lib/chat/in-turn";
import { bringHere, send } from "@/lib/chat/kept-conversations";
import { choosePlace } from "@/lib/chat/place";
import { forgetSent, stateOf } from "@/lib/chat/sent-conversations";
import type { Problem } from "@/lib/problems";

/**
 * New ones stay in this browser. What the gateway has stays there, or is deleted there, once all of
 * it is in this browser: where that fails, nothing is deleted and nothing else has changed.
 */
export async function keepHereOnly(owner: Owner, isDeleted: boolean): Promise<Outcome<undefined>> {
  if (!isDeleted) {
    choosePlace(owner, "browser");
    return { ok: true, value: undefined };
  }
  const there = await listThere(owner, "");
  if (!there.ok) return there;
  const ids = there.value.conversations.map((one) => one.conversation_id);
  for (const id of ids) {
    const brought = await bringHere(owner, id);
    if (!brought.ok) return brought;
  }
  // First they count as this browser's own, and then they go there: of one that counts as the
  // gateway's and is missing there, what is here is deleted.
  choosePlace(owner, "browser");
  const deleted = await deleteTheseThere(owner, ids).catch((fault) => {
    choosePlace(owner, "gateway");
    throw fault;
  });
  if (!deleted.ok) choosePlace(owner, "gateway");
  return deleted;
}

/** One by one: what another device has begun since they were listed stays there. */
async function deleteTheseThere(owner: Owner, ids: string[]): Promise<Outcome<undefined>> {
  for (const id of ids) await inTurn(id, () => forgetSent(owner, id));
  for (const id of ids) {
    const deleted = await deleteThere(owner, id);
    if (!deleted.ok) return deleted;
  }
  return { ok: true, value: undefined };
}

export interface Sent {
  sent: number;
  /** Of so many in this browser. */
  all: number;
  /** Why the gateway keeps one of them not, where it said so. */
  problem: Problem | null;
}

/** New ones are kept by the gateway too, and all that are in this browser are sent to it. */
export async function keepEverywhere(
  owner: Owner,
  onSent: (sent: number, all: number) => void = () => {},
): Promise<Sent> {
  const heads = await listConversations(owner);
  const there = await listThere(owner, "");
  const theirs = new Set(
    there.ok ? there.value.conversations.map((one) => one.conversation_id) : [],
  );
  for (const { id } of heads) {
    // Before it is asked for there: what counts as the gateway's and is missing there is deleted here.
    if (!theirs.has(id) || (await stateOf(owner, id))?.change === 0) await forgetSent(owner, id);
  }
  choosePlace(owner, "gateway");
  let [sent, problem]: [number, Problem | null] = [0, null];
  for (const { id } of heads) {
    const refused = await send(owner, id);
    problem ??= refused;
    if ((await stateOf(owner, id))?.isUnsent === false) sent += 1;
    onSent(sent, heads.length);
  }
  return { sent, all: heads.length, problem };
}
