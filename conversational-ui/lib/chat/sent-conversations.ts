import type { UIMessage } from "ai";
import type { KeptConversation } from "@/lib/api-types";
import { endOf } from "@/lib/chat/answer-end";
import { type Alteration, browserDatabase, type MessageRow } from "@/lib/chat/browser-database";
import { inOrder, keyOf, nextChange, type Owner } from "@/lib/chat/conversations";
import type { Saving } from "@/lib/chat/gateway-conversations";
import { decidedIn, isOvertaken, waitingIn } from "@/lib/chat/waiting";
import type { Problem } from "@/lib/problems";

/** What this browser has of a conversation that the gateway was not told of yet. */
export interface Unsent extends Saving {
  /** Of the gateway's, the newest change that is here; 0 where it keeps none of it. */
  change: number;
  /** Which change of each message this is: later ones are not sent with it. */
  sent: Map<string, number>;
}

/** Null where there is nothing to tell. */
export async function unsentOf(owner: Owner, id: string): Promise<Unsent | null> {
  const db = await browserDatabase();
  const transaction = db.transaction(["heads", "messages"], "readwrite");
  const head = await transaction.objectStore("heads").get(id);
  if (head?.owner !== keyOf(owner) || !head.isUnsent) {
    await transaction.done;
    return null;
  }
  const messages = transaction.objectStore("messages");
  const change = head.change ?? 0;
  const meant: MessageRow[] = [];
  for (const row of await messages.index("position").getAll(inOrder(id))) {
    // What was kept before the gateway kept anything has no mark yet.
    const marked =
      row.unsent === undefined && change === 0 ? { ...row, unsent: nextChange() } : row;
    if (marked !== row) await messages.put(marked);
    if (marked.unsent !== undefined) meant.push(marked);
  }
  await transaction.done;
  return {
    change,
    title: head.title,
    problem: head.problem,
    gone: head.gone ?? [],
    waiting: head.waiting ?? 0,
    messages: Object.fromEntries(meant.map((row) => [row.id, row.message])),
    sent: new Map(meant.map((row) => [row.id, row.unsent ?? 0])),
  };
}

/** Of one request to the gateway, which takes 4 MiB. */
export const MOST_BYTES = 3 * 1024 * 1024;
/** Of one message, which goes alone then. */
export const MOST_MESSAGE_BYTES = 4 * 1024 * 1024 - 64 * 1024;

export interface Portions {
  /** Each to be sent by itself, in this order; at least one, which may have no messages. */
  portions: Unsent[];
  /** A message is larger than the gateway takes: it stays here. */
  hasTooLarge: boolean;
}

/** As many requests as it takes. What is gone goes with the first. */
export function portionsOf(unsent: Unsent): Portions {
  const encoder = new TextEncoder();
  const portions: [string, UIMessage][][] = [[]];
  let [bytes, hasTooLarge] = [0, false];
  for (const [id, message] of Object.entries(unsent.messages)) {
    const size = encoder.encode(JSON.stringify(message)).length;
    if (size > MOST_MESSAGE_BYTES) {
      hasTooLarge = true;
      continue;
    }
    if (bytes > 0 && bytes + size > MOST_BYTES) {
      portions.push([]);
      bytes = 0;
    }
    bytes += size;
    portions.at(-1)?.push([id, message]);
  }
  const only = (messages: [string, UIMessage][], at: number): Unsent => ({
    ...unsent,
    gone: at === 0 ? unsent.gone : [],
    messages: Object.fromEntries(messages),
    sent: new Map(messages.map(([id]) => [id, unsent.sent.get(id) ?? 0])),
  });
  return { portions: portions.map(only), hasTooLarge };
}

/** Whether the person has said something in it that the gateway was not told of yet. */
export async function hasUnsentWords(owner: Owner, id: string): Promise<boolean> {
  const unsent = Object.values((await unsentOf(owner, id))?.messages ?? {});
  return unsent.some(({ role }) => role === "user");
}

/** Ids of the messages that the gateway has as they are kept here. */
export async function sentOf(owner: Owner, id: string): Promise<ReadonlySet<string>> {
  const db = await browserDatabase();
  const head = await db.get("heads", id);
  if (head?.owner !== keyOf(owner) || !head.change) return new Set();
  const rows = await db.getAllFromIndex("messages", "position", inOrder(id));
  return new Set(rows.flatMap((row) => (row.unsent === undefined ? [row.id] : [])));
}

/** The gateway has nothing of it any more: all of it is to be sent again. */
export async function forgetSent(owner: Owner, id: string): Promise<void> {
  const transaction = (await browserDatabase()).transaction("heads", "readwrite");
  const head = await transaction.store.get(id);
  if (head?.owner === keyOf(owner)) {
    // One that begins anew there has a title, and is not pinned.
    const pinned = head.isPinned && { altered: { ...head.altered, isPinned: true } };
    await transaction.store.put({ ...head, ...pinned, change: 0, isUnsent: true });
  }
  await transaction.done;
}

/** The gateway has it. What has changed here meanwhile is still to be sent. */
export async function markSent(id: string, { sent, gone }: Unsent, change: number): Promise<void> {
  const db = await browserDatabase();
  const transaction = db.transaction(["heads", "messages"], "readwrite");
  const [heads, messages] = [transaction.objectStore("heads"), transaction.objectStore("messages")];
  let isUnsent = false;
  for (const row of await messages.index("position").getAll(inOrder(id))) {
    if (row.unsent === undefined) continue;
    if (sent.get(row.id) !== row.unsent) isUnsent = true;
    else {
      const { unsent: _, ...rest } = row;
      await messages.put(rest);
    }
  }
  const head = await heads.get(id);
  if (head) {
    const left = (head.gone ?? []).filter((one) => !gone.includes(one));
    isUnsent ||= left.length > 0;
    await heads.put({ ...head, change, isUnsent, gone: left });
  }
  await transaction.done;
}

/**
 * Takes over what the gateway has: its messages, in its order, but for those that have changed here
 * meanwhile. An answer that broke off here has mostly come further there, and so has one whose calls
 * were decided there first. What is here alone, and was never sent, comes after them.
 *
 * ``before``: of the gateway's changes, the newest that was here when it was asked. Where a later
 * answer of the gateway's came in before this one, this one is passed over.
 */
export async function takeOver(
  owner: Owner,
  kept: KeptConversation,
  before: number,
): Promise<void> {
  const id = kept.conversation_id;
  const db = await browserDatabase();
  const transaction = db.transaction(["heads", "messages"], "readwrite");
  const [heads, messages] = [transaction.objectStore("heads"), transaction.objectStore("messages")];
  const head = await heads.get(id);
  const change = head?.change ?? 0;
  const isOvertakenHere = change !== before && change >= kept.change;
  if ((head && head.owner !== keyOf(owner)) || isOvertakenHere) {
    await transaction.done;
    return;
  }
  const here = new Map(
    (await messages.index("position").getAll(inOrder(id))).map((row) => [row.id, row]),
  );
  const gone = new Set(head?.gone ?? []);
  let isUnsent = head?.isUnsent ?? false;
  let position = 0;
  const now: UIMessage[] = [];
  for (const one of kept.message_ids) {
    const row = here.get(one);
    here.delete(one);
    const theirs = kept.messages[one] as unknown as UIMessage | undefined;
    const isFurther = row && theirs && hasComeFurther(row.message, theirs);
    const isOurs =
      isFurther || (row?.unsent !== undefined && !(theirs && isBehind(row.message, theirs)));
    const message = isOurs ? row?.message : (theirs ?? row?.message);
    if (!message || gone.has(one)) continue;
    // Whoever writes the answer saves all of it: what has been read of it here is not to undo that.
    let unsent = isOurs && !(isFurther && kept.is_answering) ? row?.unsent : undefined;
    if (isFurther && !kept.is_answering) {
      unsent ??= nextChange();
      isUnsent = true;
    }
    await messages.put({
      conversation: id,
      id: one,
      position: position++,
      message,
      ...(unsent !== undefined && { unsent }),
    });
    now.push(message);
  }
  for (const row of here.values()) {
    if (row.unsent === undefined && (head?.change ?? 0) > 0) {
      await messages.delete([id, row.id]);
      continue;
    }
    await messages.put({ ...row, position: position++, unsent: row.unsent ?? nextChange() });
    now.push(row.message);
    isUnsent = true;
  }
  await heads.put({
    id,
    title: head?.altered?.title ?? kept.title,
    createdAt: Date.parse(kept.created_at),
    updatedAt: Math.max(head?.isUnsent ? head.updatedAt : 0, Date.parse(kept.updated_at)),
    problem: head?.isUnsent ? head.problem : (kept.problem as unknown as Problem | null),
    isPinned: head?.altered?.isPinned ?? kept.is_pinned,
    waiting: head?.isUnsent ? waitingIn(now) : kept.waiting,
    owner: keyOf(owner),
    change: kept.change,
    isUnsent,
    gone: [...gone],
    ...(head?.altered && { altered: head.altered }),
  });
  await transaction.done;
}

/** An answer whose end did not come. */
const isCut = (message: UIMessage): boolean =>
  message.role === "assistant" && endOf(message) === "cut";

/** Whether another device may have come further with this one. */
export const mayBeBehind = (message: UIMessage): boolean =>
  isCut(message) || decidedIn([message]).length > 0;

const isBehind = (ours: UIMessage, theirs: UIMessage): boolean =>
  (isCut(ours) && !hasComeFurther(ours, theirs)) || isOvertaken(ours, theirs);

/**
 * A server that was killed has saved less of an answer than a page had read of it: of two that broke
 * off, the one that has come further. One that has an end is the whole of it.
 */
const hasComeFurther = (ours: UIMessage, theirs: UIMessage): boolean =>
  isCut(ours) && isCut(theirs) && lengthOf(ours) > lengthOf(theirs);

const lengthOf = ({ parts }: UIMessage): number => JSON.stringify(parts).length;

export interface State {
  /** Of the gateway's, the newest that is here. */
  change: number;
  /** There is more here. */
  isUnsent: boolean;
  altered: Alteration | null;
}

/** Null where nothing of it is here. */
export async function stateOf(owner: Owner, id: string): Promise<State | null> {
  const head = await (await browserDatabase()).get("heads", id);
  if (head?.owner !== keyOf(owner)) return null;
  const { change = 0, isUnsent = false, altered = null } = head;
  return { change, isUnsent, altered };
}
