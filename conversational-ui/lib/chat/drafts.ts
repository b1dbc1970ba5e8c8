import { keyOf, type Owner } from "@/lib/chat/conversations";

/** What somebody has written and not sent, in this browser; null: of a conversation to be begun. */
const MOST = 50;
const PREFIX = "draft";

const ofOwner = (owner: Owner) => `${PREFIX}\n${keyOf(owner)}\n`;
const nameOf = (owner: Owner, id: string | null) => `${ofOwner(owner)}${id ?? "new"}`;

/** Empty where there is none, and where the browser keeps none. */
export function readDraft(owner: Owner, id: string | null, storage: Storage = localStorage) {
  try {
    return storage.getItem(nameOf(owner, id)) ?? "";
  } catch {
    return "";
  }
}

/** None is kept where the text is empty. Of too many some go. */
export function keepDraft(
  owner: Owner,
  id: string | null,
  text: string,
  storage: Storage = localStorage,
): void {
  const name = nameOf(owner, id);
  try {
    storage.removeItem(name);
    if (text.trim() === "") return;
    for (const old of namesIn(storage, ofOwner(owner)).slice(MOST - 1)) storage.removeItem(old);
    storage.setItem(name, text);
  } catch {
    // no room: it stays on the page
  }
}

/** Of one conversation that is deleted, or all of the person's in the space. */
export function forgetDrafts(owner: Owner, id?: string, storage: Storage = localStorage): void {
  try {
    const gone = id === undefined ? namesIn(storage, ofOwner(owner)) : [nameOf(owner, id)];
    for (const name of gone) storage.removeItem(name);
  } catch {
    // none is kept
  }
}

/** Of all the person's spaces. */
export function forgetAllDrafts(userId: string, storage: Storage = localStorage): void {
  try {
    for (const name of namesIn(storage, `${PREFIX}\n${userId}\n`)) storage.removeItem(name);
  } catch {
    // none is kept
  }
}

const namesIn = (storage: Storage, prefix: string): string[] =>
  Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "").filter((name) =>
    name.startsWith(prefix),
  );
