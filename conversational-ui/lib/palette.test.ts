import { expect, test } from "vitest";
import { MOST_OF_A_GROUP, matching, opensPalette } from "@/lib/palette";

const entry = (group: string, label: string) => ({ id: label, group, label });
const ENTRIES = [
  entry("Pages", "Chat"),
  entry("Pages", "Gateway tokens"),
  entry("Conversations", "About the old roadmap"),
  entry("Conversations", "Roadmap of May"),
];
const labels = (typed: string) => matching(ENTRIES, typed).map(({ label }) => label);

test("all words must be in a label, in any order", () => {
  expect(labels("")).toEqual(ENTRIES.map(({ label }) => label));
  expect(labels("TOKENS gate")).toEqual(["Gateway tokens"]);
  expect(labels("tokens chat")).toEqual([]);
});

test("what begins with the words comes first, within its group", () => {
  expect(labels("roadmap")).toEqual(["Roadmap of May", "About the old roadmap"]);
  expect(labels("a")).toEqual([
    "Chat",
    "Gateway tokens",
    "About the old roadmap",
    "Roadmap of May",
  ]);
});

test("no group is longer than can be looked over", () => {
  const many = Array.from({ length: 50 }, (_, at) => entry("Conversations", `Plan ${at}`));
  const found = matching([...many, entry("Spaces", "Planning")], "plan");
  expect(found).toHaveLength(MOST_OF_A_GROUP + 1);
});

test("it is opened by Ctrl-K, and on a Mac by ⌘K alone", () => {
  const none = { key: "k", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  expect(opensPalette(none, false)).toBe(false);
  expect(opensPalette({ ...none, ctrlKey: true }, false)).toBe(true);
  expect(opensPalette({ ...none, ctrlKey: true, key: "K" }, false)).toBe(true);
  expect(opensPalette({ ...none, ctrlKey: true }, true)).toBe(false);
  expect(opensPalette({ ...none, metaKey: true }, true)).toBe(true);
  expect(opensPalette({ ...none, ctrlKey: true, shiftKey: true }, false)).toBe(false);
});
