import type { Outcome } from "@/lib/call-api";
import type { Alteration } from "@/lib/chat/browser-database";
import { tell } from "@/lib/chat/conversation-news";
import {
  alterConversation,
  type ConversationHead,
  deleteAllConversations,
  deleteConversation,
  type Found,
  findConversation,
  keyOf,
  listConversations,
  markAltered,
  type Owner,
} from "@/lib/chat/conversations";
import { forgetDrafts } from "@/lib/chat/drafts";
import { chatProblem } from "@/lib/chat/failures";
import {
  alterThere,
  deleteThere,
  listThere,
  readThere,
  saveThere,
} from "@/lib/chat/gateway-conversations";
import { inTurn, inTurnOfAll } from "@/lib/chat/in-turn";
import { chosenPlace, type Place } from "@/lib/chat/place";
import {
  forgetSent,
  hasUnsentWords,
  markSent,
  mayBeBehind,
  portionsOf,
  sentOf,
  stateOf,
  takeOver,
  unsentOf,
} from "@/lib/chat/sent-conversations";
import type { Problem } from "@/lib/problems";

/**
 * Somebody's conversations, in this browser and, where they are kept there too, by the gateway. The
 * browser's come first: they are there without a network, and what the gateway has is taken over
 * into them.
 */
const isSent = (owner: Owner) => chosenPlace(owner) === "gateway";

export interface List {
  conversations: ConversationHead[];
  /** Where new ones are kept. */
  place: Place;
  /** Why the gateway could not be asked, where more may be there. */
  problem: Problem | null;
}

/** The newest first; ``words`` must all be in the title or in what was said. */
export async function listKept(owner: Owner, words = "", signal?: AbortSignal): Promise<List> {
  const here = await listConversations(owner, words).catch(() => []);
  if (!isSent(owner)) return { conversations: here, place: "browser", problem: null };
  const asked = await listThere(owner, words, signal);
  if (!asked.ok) return { conversations: here, place: "gateway", problem: asked.problem };
  const { conversations: there, keep_days } = asked.value;
  if (keep_days === 0) {
    const theirs = new Set(there.map((one) => one.conversation_id));
    const gone = here.filter(({ id, change = 0 }) => change > 0 && !theirs.has(id));
    if (!words) for (const { id } of gone) await forgetSent(owner, id);
    return { conversations: here, place: "browser", problem: null };
  }
  const all = new Map<string, ConversationHead>(
    there.map((one) => [
      one.conversation_id,
      {
        id: one.conversation_id,
        title: one.title,
        updatedAt: Date.parse(one.updated_at),
        isPinned: one.is_pinned,
        waiting: one.waiting,
      },
    ]),
  );
  for (const one of here) {
    const theirs = all.get(one.id);
    if (theirs) {
      // What was decided here is told later.
      if (one.updatedAt > theirs.updatedAt) theirs.waiting = one.waiting ?? 0;
      theirs.updatedAt = Math.max(theirs.updatedAt, one.updatedAt);
      if (one.altered) {
        Object.assign(theirs, one.altered);
        void send(owner, one.id); // it could not be told before
      }
    } else if (words || !(await goesHereToo(owner, one.id, one.change))) all.set(one.id, one);
  }
  const conversations = [...all.values()].sort((one, other) => other.updatedAt - one.updatedAt);
  return { conversations, place: "gateway", problem: null };
}

/**
 * Of one that the gateway was asked for and has not: on another device somebody deleted it, then it
 * goes here too. ``before``: the change of it that was here when the gateway was asked.
 */
async function goesHereToo(owner: Owner, id: string, before = 0): Promise<boolean> {
  const state = await stateOf(owner, id);
  if (!state) return true; // meanwhile so was it here
  if (before === 0 || state.change !== before) return false; // it was told since, or never
  if (await hasUnsentWords(owner, id)) {
    // Somebody goes on with it here: then all of it is kept there again.
    await forgetSent(owner, id);
    return false;
  }
  await deleteConversation(owner, id);
  return true;
}

/**
 * What the address's id leads to, with what other devices have said in it. ``spaceIds``: of the
 * person's spaces those in which it is looked for as well.
 */
export async function openKept(
  owner: Owner,
  id: string,
  spaceIds: readonly string[] = [],
): Promise<Found> {
  const before = await findConversation(owner, id);
  // What was kept by the gateway before may still be there.
  const asked = isSent(owner) || before.kind === "none" ? await bringHere(owner, id) : DONE;
  const found = await findConversation(owner, id);
  if (found.kind !== "none") return found;
  if (!asked.ok) return { kind: "unknown", problem: asked.problem };
  for (const spaceId of spaceIds) {
    if (spaceId === owner.spaceId) continue;
    const there = await readThere({ ...owner, spaceId }, id, NO_MESSAGES);
    if (there.ok && there.value) return { kind: "elsewhere", spaceId };
    if (!there.ok && there.problem.retry) return { kind: "unknown", problem: there.problem };
  }
  return found;
}

/** After this change none has come. */
const NO_MESSAGES = Number.MAX_SAFE_INTEGER;

export interface CaughtUp {
  /** Something is here now that was not before. */
  isNew: boolean;
  /** An answer is being written, whoever reads it. */
  isAnswering: boolean;
}

const NOTHING_NEW: CaughtUp = { isNew: false, isAnswering: false };

/** Asks the gateway what is new. Null where it cannot be asked. */
export async function catchUp(owner: Owner, id: string): Promise<CaughtUp | null> {
  if (!isSent(owner)) return NOTHING_NEW;
  const asked = await bringHere(owner, id);
  return asked.ok ? asked.value : null;
}

/** What the gateway has of it and this browser has not, whichever of them is chosen. */
export async function bringHere(owner: Owner, id: string): Promise<Outcome<CaughtUp>> {
  const state = await stateOf(owner, id);
  const asked = await readThere(owner, id, state?.change ?? 0);
  if (!asked.ok) return asked;
  if (asked.value === null) {
    if (!state?.change) return { ok: true, value: NOTHING_NEW };
    const there = await listThere(owner, "");
    if (!there.ok) return there;
    const isOff = there.value.keep_days === 0;
    const isNew = !isOff && (await goesHereToo(owner, id, state.change));
    // A gateway that keeps none has no more of it, and nobody has deleted it.
    if (isOff) await forgetSent(owner, id);
    return { ok: true, value: { ...NOTHING_NEW, isNew } };
  }
  const isNew = asked.value.change !== state?.change;
  if (isNew) await takeOver(owner, asked.value, state?.change ?? 0);
  return { ok: true, value: { isNew, isAnswering: asked.value.is_answering } };
}

/** Ids of the messages that the gateway has as they are kept here; none where nothing is sent. */
export const knownThere = (owner: Owner, id: string): Promise<ReadonlySet<string>> =>
  isSent(owner) ? sentOf(owner, id) : Promise.resolve(new Set());

/**
 * Tells the gateway what has changed here, one telling after the other. What cannot be told now is
 * told with the next change. Returns why the gateway does not keep it, where it said so.
 */
export function send(owner: Owner, id: string): Promise<Problem | null> {
  return inTurn(id, async () => {
    if (!isSent(owner)) return null;
    const refused = await sendMessages(owner, id);
    await tellAltered(owner, id);
    return refused;
  }).catch(() => null);
}

/** Of another title, or that it is pinned. Where the gateway has nothing of it yet, later. */
async function tellAltered(owner: Owner, id: string): Promise<Outcome<undefined>> {
  const state = await stateOf(owner, id);
  if (!state?.altered || state.change === 0) return DONE;
  const told = await tellThere(owner, id, state.altered);
  if (told.ok) await markAltered(owner, id, state.altered);
  return told;
}

async function tellThere(
  owner: Owner,
  id: string,
  { title, isPinned }: Alteration,
): Promise<Outcome<undefined>> {
  const told = await alterThere(owner, id, {
    ...(title !== undefined && { title }),
    ...(isPinned !== undefined && { is_pinned: isPinned }),
  });
  return told.ok ? DONE : told;
}

async function sendMessages(owner: Owner, id: string): Promise<Problem | null> {
  let unsent = await unsentOf(owner, id);
  // Another device has come further with it, perhaps.
  if (unsent && Object.values(unsent.messages).some(mayBeBehind)) {
    if ((await catchUp(owner, id))?.isNew) {
      unsent = await unsentOf(owner, id);
      tell({ owner: keyOf(owner), id, isLive: false });
    }
  }
  if (!unsent) return null;
  const { portions, hasTooLarge } = portionsOf(unsent);
  let { change } = unsent;
  let hasMissed = false;
  for (const portion of portions) {
    const { title, messages, gone, problem, waiting } = portion;
    const saving = { title, messages, gone, problem, waiting };
    const saved = await saveThere(owner, id, saving, change > 0);
    if (!saved.ok) return REFUSALS.includes(saved.problem.reason) ? saved.problem : null;
    if (saved.value === null) {
      return (await goesHereToo(owner, id, change)) ? null : sendMessages(owner, id);
    }
    hasMissed ||= saved.value.before !== change;
    if (!hasMissed) change = saved.value.change;
    await markSent(id, portion, change);
  }
  // Where another device has saved in between, this browser's tabs show that too.
  if (hasMissed && (await catchUp(owner, id))?.isNew)
    tell({ owner: keyOf(owner), id, isLive: false });
  return hasTooLarge ? chatProblem("message_too_large", 413) : null;
}

/** It keeps no more of this one; all else passes. */
const REFUSALS: readonly string[] = ["invalid_request", "request_too_large"];

/** ``isHere``: it is so in this browser, and the gateway is told later. */
export type Altered = { ok: true } | { ok: false; problem: Problem; isHere: boolean };

/** It has another title, stands before the others or no longer, on every device. */
export async function alterKept(owner: Owner, id: string, to: Alteration): Promise<Altered> {
  const isKeptHere = await alterConversation(owner, id, to);
  if (!isSent(owner)) return DONE;
  const told = isKeptHere
    ? await inTurn(id, () => tellAltered(owner, id))
    : await tellThere(owner, id, to);
  if (told.ok) return DONE;
  const isGone = told.problem.reason === "conversation_unknown";
  return { ok: false, problem: told.problem, isHere: isKeptHere && !isGone };
}

/** In both places, or in none: what stayed at the gateway would come back. */
export async function deleteKept(owner: Owner, id?: string): Promise<Outcome<undefined>> {
  if (id !== undefined) return inTurn(id, () => deleteBoth(owner, id));
  const heads = await listConversations(owner).catch(() => []);
  return inTurnOfAll(
    heads.map((one) => one.id),
    () => deleteBoth(owner),
  );
}

async function deleteBoth(owner: Owner, id?: string): Promise<Outcome<undefined>> {
  const deleted = (await mayBeThere(owner, id)) ? await deleteThere(owner, id) : DONE;
  if (!deleted.ok) return deleted;
  forgetDrafts(owner, id);
  if (id === undefined) await deleteAllConversations(owner);
  else await deleteConversation(owner, id);
  return DONE;
}

/** Also of who keeps new ones in this browser only: the gateway may have what was before. */
async function mayBeThere(owner: Owner, id: string | undefined): Promise<boolean> {
  if (isSent(owner) || id === undefined) return true;
  return ((await stateOf(owner, id))?.change ?? 0) > 0;
}

const DONE = { ok: true, value: undefined } as const;
