import type { UIMessage } from "ai";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { isToolPolicy, NO_POLICY, type ToolPolicy } from "@/lib/chat/tool-policy";
import type { Problem } from "@/lib/problems";

/** Whose, and of which space: what one person keeps is never shown to another on the same computer. */
export interface Owner {
  userId: string;
  spaceId: string;
}

export interface Conversation {
  id: string;
  title: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  messages: UIMessage[];
  /** Why the last answer did not come, to be retried. */
  problem: Problem | null;
}

export type ConversationHead = Pick<Conversation, "id" | "title" | "updatedAt">;

interface Schema extends DBSchema {
  conversations: {
    key: string;
    value: Conversation & { owner: string };
    indexes: { owner: [string, number] };
  };
  policies: { key: string; value: ToolPolicy };
}

const NAME = "conversational-ui";
const VERSION = 1;

let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore("conversations", { keyPath: "id" }).createIndex("owner", [
        "owner",
        "updatedAt",
      ]);
      db.createObjectStore("policies");
    },
    terminated: () => {
      opened = undefined;
    },
  }).catch((fault) => {
    opened = undefined;
    throw fault;
  });
  return opened;
}

const keyOf = ({ userId, spaceId }: Owner) => `${userId}\n${spaceId}`;
const everyOne = (owner: Owner) =>
  IDBKeyRange.bound(
    [keyOf(owner), Number.NEGATIVE_INFINITY],
    [keyOf(owner), Number.POSITIVE_INFINITY],
  );

/** The newest first; ``words`` must all be in the title or in what was said. */
export async function listConversations(owner: Owner, words = ""): Promise<ConversationHead[]> {
  const db = await database();
  const all = await db.getAllFromIndex("conversations", "owner", everyOne(owner));
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return all
    .filter((one) => wanted.length === 0 || contains(one, wanted))
    .map(({ id, title, updatedAt }) => ({ id, title, updatedAt }))
    .reverse();
}

function contains({ title, messages }: Conversation, wanted: string[]): boolean {
  const said = messages.flatMap(({ parts }) =>
    parts.map((part) => (part.type === "text" ? part.text : "")),
  );
  const text = [title, ...said].join("\n").toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** Null where there is none, or where it is not this owner's. */
export async function readConversation(owner: Owner, id: string): Promise<Conversation | null> {
  const kept = await (await database()).get("conversations", id);
  if (kept?.owner !== keyOf(owner)) return null;
  const { owner: _, ...conversation } = kept;
  return conversation;
}

export async function keepConversation(owner: Owner, conversation: Conversation): Promise<void> {
  await (await database()).put("conversations", { ...conversation, owner: keyOf(owner) });
}

export async function renameConversation(owner: Owner, id: string, title: string): Promise<void> {
  const conversation = await readConversation(owner, id);
  if (conversation) await keepConversation(owner, { ...conversation, title });
}

export async function deleteConversation(owner: Owner, id: string): Promise<void> {
  if (await readConversation(owner, id)) await (await database()).delete("conversations", id);
}

export async function deleteAllConversations(owner: Owner): Promise<void> {
  const transaction = (await database()).transaction("conversations", "readwrite");
  const found = transaction.store.index("owner").iterate(everyOne(owner));
  for await (const cursor of found) await cursor.delete();
  await transaction.done;
}

export async function readPolicy(owner: Owner): Promise<ToolPolicy> {
  const kept = await (await database()).get("policies", keyOf(owner));
  return isToolPolicy(kept) ? kept : NO_POLICY;
}

export async function keepPolicy(owner: Owner, policy: ToolPolicy): Promise<void> {
  await (await database()).put("policies", policy, keyOf(owner));
}

/** The first thing somebody said, shortened at a word. */
export function titleFor(messages: UIMessage[]): string {
  const first = messages.find(({ role }) => role === "user");
  const text = first?.parts.find((part) => part.type === "text")?.text ?? "";
  const line = text.trim().replace(/\s+/g, " ");
  if (line.length <= 60) return line || "New conversation";
  return `${line.slice(0, 60).replace(/\s+\S*$/, "")}…`;
}
