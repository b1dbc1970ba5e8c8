import { describe, expect, it } from "vitest";
import { leftOutFor, leftOutWords, newestTurns } from "@/lib/chat/newest-turns";

const one = (role: "user" | "assistant" | "tool", size: number) => ({ role, size });
const SAID = [one("user", 1), one("assistant", 9), one("user", 1), one("tool", 4), one("user", 2)];
const given = (room: number, said = SAID) => {
  const { messages, leftOut } = newestTurns(said, room, ({ size }) => size);
  return [messages.length, leftOut];
};

describe("the newest turns of a conversation", () => {
  it("are all of them where there is room, else whole ones, with how many are left out", () => {
    expect(given(17)).toEqual([5, 0]);
    expect(given(16)).toEqual([3, 1]);
    expect(given(7)).toEqual([3, 1]);
    expect(given(6)).toEqual([1, 2]);
  });

  it("have the last one in any case, and nothing older once one had no room", () => {
    expect(given(0)).toEqual([1, 2]);
    expect(given(5, [one("user", 1), one("assistant", 9), one("user", 1)])).toEqual([1, 1]);
    expect(given(0, [one("assistant", 3)])).toEqual([1, 0]);
    expect(given(0, [])).toEqual([0, 0]);
  });

  it("are told in words where some are left out", () => {
    expect(leftOutWords({ metadata: leftOutFor(0) })).toBeNull();
    expect(leftOutWords({})).toBeNull();
    expect(leftOutWords({ metadata: { leftOut: "<b>" } })).toBeNull();
    expect(leftOutWords({ metadata: leftOutFor(1) })).toContain(
      "the first question and its answer:",
    );
    expect(leftOutWords({ metadata: leftOutFor(12) })).toContain(
      "the first 12 questions and their answers:",
    );
  });
});
