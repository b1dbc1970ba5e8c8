import type { UIMessage } from "ai";
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import type { ToolPolicy } from "@/lib/chat/tool-policy";
import type { Problem } from "@/lib/problems";

/** Another title; pinned, or no longer. */
export interface Alteration {
  title?: string;
  isPinned?: boolean;
}

/** What a list shows of a conversation. */
export interface Head {
  id: string;
  title: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  /** Why the last answer did not come, to be retried. */
  problem: Problem | null;
  isPinned?: boolean;
  /** How many calls wait for the person's word. */
  waiting?: number;
  /** Of what the gateway keeps of it, the newest change that is here; 0 where it keeps none. */
  change?: number;
  /** Whether something of it has changed here since the gateway was told. */
  isUnsent?: boolean;
  /** What the person has changed of it and the gateway was not told of yet. */
  altered?: Alteration;
  /** Messages that are gone here, and may still be there. */
  gone?: string[];
}

/** ``owner``: as ``keyOf`` has it. */
export type OwnedHead = Head & { owner: string };

export interface MessageRow {
  conversation: string;
  id: string;
  position: number;
  message: UIMessage;
  /** A number of its own for each change that the gateway was not told of yet. */
  unsent?: number;
}

interface Schema extends DBSchema {
  heads: {
    key: string;
    value: OwnedHead;
    indexes: { owner: [string, number] };
  };
  /** One by one: saving one leaves alone what another tab has saved. */
  messages: {
    key: [string, string];
    value: MessageRow;
    indexes: { position: [string, number] };
  };
  policies: { key: string; value: ToolPolicy };
}

export type BrowserDatabase = IDBPDatabase<Schema>;
type Upgrade = IDBPTransaction<Schema, ("heads" | "messages" | "policies")[], "versionchange">;

/** The first version had each conversation in one piece, with all its messages. */
type InOnePiece = Head & { owner: string; messages: UIMessage[] };

const NAME = "conversational-ui";
const VERSION = 2;

let opened: Promise<BrowserDatabase> | undefined;

/**
 * Rejects where the browser gives no room, and where another tab still runs an older version of
 * this site, which has to be closed first.
 */
export function browserDatabase(): Promise<BrowserDatabase> {
  const forget = () => {
    opened = undefined;
  };
  opened ??= new Promise<BrowserDatabase>((resolve, reject) => {
    openDB<Schema>(NAME, VERSION, {
      upgrade: (db, from, _, transaction) => upgrade(db, from, transaction),
      blocked: () => reject(new Error("another tab has an older version of this site open")),
      blocking: (_, __, event) => {
        forget();
        (event.target as IDBDatabase).close(); // a newer version, in another tab, needs it
      },
      terminated: forget,
    }).then(resolve, reject);
  }).catch((fault) => {
    forget();
    throw fault;
  });
  return opened;
}

async function upgrade(db: BrowserDatabase, from: number, transaction: Upgrade): Promise<void> {
  const heads = db.createObjectStore("heads", { keyPath: "id" });
  heads.createIndex("owner", ["owner", "updatedAt"]);
  const messages = db.createObjectStore("messages", { keyPath: ["conversation", "id"] });
  messages.createIndex("position", ["conversation", "position"]);
  if (from === 0) {
    db.createObjectStore("policies");
    return;
  }
  const older = (transaction as unknown as IDBPTransaction<unknown, string[], "versionchange">)
    .objectStore("conversations")
    .iterate();
  for await (const { value } of older) {
    const { messages: said, ...head } = value as InOnePiece;
    await heads.put(head);
    for (const [position, message] of said.entries()) {
      await messages.put({ conversation: head.id, id: message.id, position, message });
    }
  }
  (db as unknown as IDBPDatabase).deleteObjectStore("conversations");
}
