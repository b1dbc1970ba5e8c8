import type { UIMessage } from "ai";
import {
  type Alteration,
  browserDatabase,
  type Head,
  type OwnedHead,
} from "@/lib/chat/browser-database";
import { titleFor } from "@/lib/chat/title";
import { isOvertaken, waitingIn } from "@/lib/chat/waiting";
import type { Problem } from "@/lib/problems";

/** Whose, and of which space: what one person keeps is never shown to another on the same computer. */
export interface Owner {
  userId: string;
  spaceId: string;
}

export interface Conversation extends Head {
  messages: UIMessage[];
}

export type ConversationHead = Pick<
  Head,
  "id" | "title" | "updatedAt" | "isPinned" | "waiting" | "altered" | "change"
>;

/** ``before``: as this tab has read or saved it last. ``now``: as it is here. */
export interface Change {
  before: readonly UIMessage[];
  now: readonly UIMessage[];
  problem: Problem | null;
}

let changes = 0;
/** Grows with every change of this browser's, also from one tab to the next. */
export const nextChange = () => {
  changes = Math.max(changes + 1, Date.now() * 1000);
  return changes;
};

export const keyOf = ({ userId, spaceId }: Owner) => `${userId}\n${spaceId}`;
const everyOne = (owner: Owner) =>
  IDBKeyRange.bound(
    [keyOf(owner), Number.NEGATIVE_INFINITY],
    [keyOf(owner), Number.POSITIVE_INFINITY],
  );
export const inOrder = (id: string) =>
  IDBKeyRange.bound([id, Number.NEGATIVE_INFINITY], [id, Number.POSITIVE_INFINITY]);

/** The newest first; ``words`` must all be in the title or in what was said. */
export async function listConversations(owner: Owner, words = ""): Promise<ConversationHead[]> {
  const db = await browserDatabase();
  const all = await db.getAllFromIndex("heads", "owner", everyOne(owner));
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found: ConversationHead[] = [];
  for (const head of all.reverse()) {
    if (wanted.length === 0 || contains(head.title, await messagesOf(head.id), wanted)) {
      found.push(headOf(head));
    }
  }
  return found;
}

function contains(title: string, messages: UIMessage[], wanted: string[]): boolean {
  const said = messages.flatMap(({ parts }) =>
    parts.map((part) => (part.type === "text" ? part.text : "")),
  );
  const text = [title, ...said].join("\n").toLowerCase();
  return wanted.every((word) => text.includes(word));
}

async function messagesOf(id: string): Promise<UIMessage[]> {
  const db = await browserDatabase();
  const rows = await db.getAllFromIndex("messages", "position", inOrder(id));
  return rows.map(({ message }) => message);
}

/**
 * What an address's id leads to. ``elsewhere``: the same person's, of another space. ``unknown``:
 * not here, and whoever may have it could not be asked.
 */
export type Found =
  | { kind: "here"; conversation: Conversation }
  | { kind: "elsewhere"; spaceId: string }
  | { kind: "none" }
  | { kind: "unknown"; problem: Problem };

/** None too where it is somebody else's, of whom nothing is told. */
export async function findConversation(owner: Owner, id: string): Promise<Found> {
  const conversation = await readConversation(owner, id);
  if (conversation) return { kind: "here", conversation };
  const kept = await (await browserDatabase()).get("heads", id);
  const own = keyOf({ ...owner, spaceId: "" });
  return kept?.owner.startsWith(own)
    ? { kind: "elsewhere", spaceId: kept.owner.slice(own.length) }
    : { kind: "none" };
}

/** What a list shows of it. Null where there is none, or where it is not this owner's. */
export async function readHead(owner: Owner, id: string): Promise<ConversationHead | null> {
  const kept = await (await browserDatabase()).get("heads", id);
  return kept?.owner === keyOf(owner) ? headOf(kept) : null;
}

const headOf = (head: Head): ConversationHead => {
  const { id, title, updatedAt, isPinned = false, waiting = 0, altered, change = 0 } = head;
  return { id, title, updatedAt, isPinned, waiting, change, ...(altered && { altered }) };
};

/** Null where there is none, or where it is not this owner's. */
export async function readConversation(owner: Owner, id: string): Promise<Conversation | null> {
  const kept = await (await browserDatabase()).get("heads", id);
  if (kept?.owner !== keyOf(owner)) return null;
  const { title, createdAt, updatedAt, problem } = kept;
  return { id, title, createdAt, updatedAt, problem, messages: await messagesOf(id) };
}

/**
 * Saves what has changed here: messages that are new or other than ``before``, and the end of those
 * that are gone. Whatever another tab has saved of the same conversation stays. Returns its title,
 * and whether this was its first time; null where it was deleted meanwhile, and the person has said
 * nothing since.
 */
export async function saveConversation(
  owner: Owner,
  id: string,
  { before, now, problem }: Change,
): Promise<{ title: string; isNew: boolean } | null> {
  const db = await browserDatabase();
  const transaction = db.transaction(["heads", "messages"], "readwrite");
  const [heads, messages] = [transaction.objectStore("heads"), transaction.objectStore("messages")];
  const kept = await heads.get(id);
  if (kept && kept.owner !== keyOf(owner)) throw new Error("somebody else's conversation");
  const isSaid = ({ id, role }: UIMessage) =>
    role === "user" && !before.some((one) => one.id === id);
  if (!kept && before.length > 0 && !now.some(isSaid)) {
    await transaction.done;
    return null;
  }
  // One that was deleted elsewhere begins anew with all that is here.
  const known = new Map(kept ? before.map((one) => [one.id, one]) : []);
  const last = await messages.index("position").openCursor(inOrder(id), "prev");
  let position = last ? last.value.position + 1 : 0;
  for (const message of now) {
    if (known.get(message.id) === message) continue;
    const there = await messages.get([id, message.id]);
    if (there && isOvertaken(message, there.message)) continue;
    const row = { conversation: id, id: message.id, message, unsent: nextChange() };
    await messages.put({ ...row, position: there ? there.position : position++ });
  }
  const here = new Set(now.map((one) => one.id));
  const gone = [...known.keys()].filter((one) => !here.has(one));
  for (const one of gone) await messages.delete([id, one]);
  const [title, time] = [kept?.title ?? titleFor(now), Date.now()];
  const createdAt = kept?.createdAt ?? time;
  await heads.put({
    id,
    title,
    createdAt,
    updatedAt: time,
    problem,
    isPinned: kept?.isPinned ?? false,
    waiting: waitingIn(now),
    owner: keyOf(owner),
    change: kept?.change ?? 0,
    isUnsent: true,
    gone: [...(kept?.gone ?? []), ...gone],
    ...(kept?.altered && { altered: kept.altered }),
  });
  await transaction.done;
  return { title, isNew: !kept };
}

/** As the person wants it, of which the gateway is still to be told. False where it is not here. */
export async function alterConversation(
  owner: Owner,
  id: string,
  to: Alteration,
): Promise<boolean> {
  return changeHead(owner, id, (head) => ({
    ...head,
    ...to,
    altered: { ...head.altered, ...to },
  }));
}

/** The gateway has given it that title. False where it has another than ``insteadOf`` by now. */
export async function retitleConversation(
  owner: Owner,
  id: string,
  title: string,
  insteadOf: string,
): Promise<boolean> {
  return changeHead(owner, id, (head) => head.title === insteadOf && { ...head, title });
}

/** The gateway was told of that: what has changed again meanwhile is still to be told. */
export async function markAltered(owner: Owner, id: string, told: Alteration): Promise<void> {
  await changeHead(owner, id, ({ altered = {}, ...head }) => {
    const left = { ...altered };
    if (left.title === told.title) delete left.title;
    if (left.isPinned === told.isPinned) delete left.isPinned;
    return Object.keys(left).length > 0 ? { ...head, altered: left } : head;
  });
}

/** In one go. False where it is not here, or ``to`` wants no change. */
async function changeHead<H extends Head & { owner: string }>(
  owner: Owner,
  id: string,
  to: (head: H) => H | Omit<H, "altered"> | false,
): Promise<boolean> {
  const transaction = (await browserDatabase()).transaction("heads", "readwrite");
  const kept = await transaction.store.get(id);
  const changed = kept?.owner === keyOf(owner) && to(kept as H);
  if (changed) await transaction.store.put(changed);
  await transaction.done;
  return Boolean(changed);
}

export async function deleteConversation(owner: Owner, id: string): Promise<void> {
  await deleteWhere(everyOne(owner), (head) => head.id === id);
}

export async function deleteAllConversations(owner: Owner): Promise<void> {
  await deleteWhere(everyOne(owner), () => true);
}

/** Of all those in the range. */
export async function deleteWhere(
  range: IDBKeyRange,
  isMeant: (head: OwnedHead) => boolean,
): Promise<void> {
  const db = await browserDatabase();
  const transaction = db.transaction(["heads", "messages"], "readwrite");
  const heads = transaction.objectStore("heads").index("owner").iterate(range);
  for await (const head of heads) {
    if (!isMeant(head.value)) continue;
    const messages = transaction.objectStore("messages").index("position");
    for await (const one of messages.iterate(inOrder(head.value.id))) await one.delete();
    await head.delete();
  }
  await transaction.done;
}
