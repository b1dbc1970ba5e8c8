import { type DBSchema, deleteDB, openDB } from "idb";
import { keyOf, type Owner } from "@/lib/chat/conversations";
import { type FinishedCall, keepable } from "@/lib/console/calls";

/**
 * The calls that somebody made by hand in a space, in their browser. A database of its own: what is
 * kept here may go at any time, and conversations may not.
 */
interface Schema extends DBSchema {
  calls: {
    key: string;
    value: FinishedCall & { owner: string };
    indexes: { owner: [string, string] };
  };
}

const NAME = "conversational-ui-calls";
export const MOST_CALLS = 50;

async function withDatabase<T>(work: (db: Awaited<ReturnType<typeof opened>>) => Promise<T>) {
  const db = await opened();
  try {
    return await work(db);
  } finally {
    db.close(); // so that signing out can delete it
  }
}

const opened = () =>
  openDB<Schema>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("calls", { keyPath: "id" }).createIndex("owner", ["owner", "at"]);
    },
  });

const everyOne = (owner: Owner) => IDBKeyRange.bound([keyOf(owner), ""], [keyOf(owner), "\uffff"]);

/** The newest first. */
export function listCalls(owner: Owner): Promise<FinishedCall[]> {
  return withDatabase(async (db) => {
    const kept = await db.getAllFromIndex("calls", "owner", everyOne(owner));
    return kept.reverse().map(({ owner: _, ...call }) => call);
  });
}

/** The oldest beyond ``MOST_CALLS`` go. */
export function keepCall(owner: Owner, call: FinishedCall): Promise<void> {
  return withDatabase(async (db) => {
    const { store, done } = db.transaction("calls", "readwrite");
    await store.put({ ...keepable(call), owner: keyOf(owner) });
    const keys = await store.index("owner").getAllKeys(everyOne(owner));
    for (const key of keys.slice(0, -MOST_CALLS)) await store.delete(key);
    await done;
  });
}

export function forgetCalls(owner: Owner): Promise<void> {
  return withDatabase(async (db) => {
    const { store, done } = db.transaction("calls", "readwrite");
    for (const key of await store.index("owner").getAllKeys(everyOne(owner))) {
      await store.delete(key);
    }
    await done;
  });
}

/**
 * Everybody's of this browser, in all spaces: whoever signs out leaves none behind. What another tab
 * is writing just now ends first, and nobody waits for that.
 */
export const forgetAllCalls = (): Promise<void> =>
  new Promise((resolve, reject) => {
    deleteDB(NAME, { blocked: () => resolve() }).then(resolve, reject);
  });
