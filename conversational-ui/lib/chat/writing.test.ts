import { beforeEach, describe, expect, it } from "vitest";
import type { Owner } from "@/lib/chat/conversations";
import { forgetDrafts, keepDraft, readDraft } from "@/lib/chat/drafts";
import { LIMIT, leftOut } from "@/lib/chat/message-length";
import { shortcutOf } from "@/lib/chat/shortcuts";

const ada: Owner = { userId: "ada", spaceId: "sp-1" };
const bob: Owner = { userId: "bob", spaceId: "sp-1" };

/** As a browser's, in memory. */
class Memory implements Storage {
  #all = new Map<string, string>();
  get length() {
    return this.#all.size;
  }
  clear = () => this.#all.clear();
  getItem = (name: string) => this.#all.get(name) ?? null;
  key = (at: number) => [...this.#all.keys()][at] ?? null;
  removeItem = (name: string) => void this.#all.delete(name);
  setItem = (name: string, value: string) => void this.#all.set(name, value);
}

describe("a draft", () => {
  let storage: Memory;
  beforeEach(() => {
    storage = new Memory();
  });

  it("is its person's and its conversation's, until it is sent", () => {
    keepDraft(ada, "c1", "half a", storage);
    keepDraft(ada, null, "new one", storage);
    expect(readDraft(ada, "c1", storage)).toBe("half a");
    expect(readDraft(ada, null, storage)).toBe("new one");
    expect(readDraft(ada, "c2", storage)).toBe("");
    expect(readDraft(bob, "c1", storage)).toBe("");
    keepDraft(ada, "c1", "  ", storage);
    expect(readDraft(ada, "c1", storage)).toBe("");
  });

  it("goes with its conversation, and with all of them", () => {
    keepDraft(ada, "c1", "one", storage);
    keepDraft(ada, "c2", "two", storage);
    keepDraft(bob, "c1", "other", storage);
    forgetDrafts(ada, "c1", storage);
    expect([readDraft(ada, "c1", storage), readDraft(ada, "c2", storage)]).toEqual(["", "two"]);
    forgetDrafts(ada, undefined, storage);
    expect(readDraft(ada, "c2", storage)).toBe("");
    expect(readDraft(bob, "c1", storage)).toBe("other");
  });

  it("is one of fifty at most, and none where the browser keeps nothing", () => {
    for (let at = 0; at < 60; at += 1) keepDraft(ada, `c${at}`, "text", storage);
    expect(storage.length).toBe(50);
    expect(readDraft(ada, "c59", storage)).toBe("text");
    const full = new Memory();
    full.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    keepDraft(ada, "c1", "text", full);
    expect(readDraft(ada, "c1", full)).toBe("");
  });
});

it("what is too long to be pasted is counted, with room for what it replaces", () => {
  expect(leftOut("", 0, "x".repeat(LIMIT))).toBe(0);
  expect(leftOut("", 0, "x".repeat(LIMIT + 3))).toBe(3);
  expect(leftOut("x".repeat(LIMIT), 0, "abc")).toBe(3);
  expect(leftOut("x".repeat(LIMIT), 3, "abc")).toBe(0);
});

it.each([
  ["?", {}, false, "list"],
  ["?", {}, true, null],
  ["/", {}, false, "write"],
  ["/", { altKey: true }, false, null],
  ["O", { ctrlKey: true, shiftKey: true }, true, "new"],
  ["o", { metaKey: true, shiftKey: true }, false, "new"],
  ["o", { ctrlKey: true }, false, null],
  ["a", {}, false, null],
])("%s with %o, typing %s: %s", (key, held, isTyping, expected) => {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  expect(shortcutOf({ key, ...none, ...held }, isTyping)).toBe(expected);
});
