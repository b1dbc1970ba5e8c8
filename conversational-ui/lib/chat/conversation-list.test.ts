import { expect, it } from "vitest";
import { withHead } from "@/lib/chat/conversation-list";

const head = (id: string, updatedAt: number, rest = {}) => ({ id, title: id, updatedAt, ...rest });
const list = [head("b", 2), head("a", 1)];

it("has a conversation in its new place, as it is now, and the others as they were", () => {
  const now = head("a", 3, { title: "Named", waiting: 1 });
  expect(withHead(list, now, false)).toEqual([now, list[0]]);
});

it("has a new one, but not among what was searched for", () => {
  expect(withHead(list, head("c", 3), false).map(({ id }) => id)).toEqual(["c", "b", "a"]);
  expect(withHead(list, head("c", 3), true)).toEqual(list);
  expect(withHead(list, head("a", 3), true).map(({ id }) => id)).toEqual(["a", "b"]);
});
