import { keyOf, type Owner } from "@/lib/chat/conversations";

/** Which of the configured models answers in a conversation, as its person chose in this browser. */
const MOST = 100;
const KEY = "chosen-models";
/** For conversations in which nobody has chosen: the last choice in any. */
const LAST = "";

type Choices = [conversation: string, model: string][];

/** Null where nobody has chosen. */
export function chosenModel(owner: Owner, id: string | null, storage: Storage = localStorage) {
  const choices = new Map(read(owner, storage));
  return choices.get(id ?? LAST) ?? choices.get(LAST) ?? null;
}

/** The newest choices are kept. */
export function chooseModel(
  owner: Owner,
  id: string | null,
  model: string,
  storage: Storage = localStorage,
): void {
  const names = new Set([LAST, id ?? LAST]);
  const others = read(owner, storage).filter(([name]) => !names.has(name));
  const choices = [...[...names].map((name) => [name, model]), ...others].slice(0, MOST);
  try {
    storage.setItem(`${KEY}\n${keyOf(owner)}`, JSON.stringify(choices));
  } catch {
    // no room: the first one answers
  }
}

function read(owner: Owner, storage: Storage): Choices {
  try {
    const kept: unknown = JSON.parse(storage.getItem(`${KEY}\n${keyOf(owner)}`) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isChoice) : [];
  } catch {
    return [];
  }
}

const isChoice = (value: unknown): value is Choices[number] =>
  Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "string");
