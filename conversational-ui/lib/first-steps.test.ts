import { expect, it } from "vitest";
import { type Begun, firstSteps } from "@/lib/first-steps";

const NOTHING: Begun = { hasProgram: false, hasColleagues: false };
const ALL: Begun = { hasProgram: true, hasColleagues: true };
const NEW = { isConnected: false, conversations: 0, hasChat: true };

const told = (...asked: Parameters<typeof firstSteps>) =>
  firstSteps(...asked).map(({ title, isDone }) => `${isDone ? "done: " : ""}${title}`);

it("an owner connects, asks, connects a program and invites, in this order", () => {
  expect(told({ role: "owner" }, NOTHING, NEW)).toEqual([
    "Connect Notion",
    "Ask a first question",
    "Use it from your own programs",
    "Invite colleagues",
  ]);
});

it("what is done stays in sight as done, until all of it is", () => {
  const asked = { ...NEW, isConnected: true, conversations: 1 };
  expect(told({ role: "owner" }, { ...NOTHING, hasProgram: true }, asked)).toEqual([
    "done: Connect Notion",
    "done: Ask a first question",
    "done: Use it from your own programs",
    "Invite colleagues",
  ]);
  expect(told({ role: "owner" }, ALL, asked)).toEqual([]);
});

it("a member is not told to invite, and whoever has asked three times is told nothing", () => {
  expect(told({ role: "member" }, NOTHING, NEW)).not.toContain("Invite colleagues");
  expect(told({ role: "owner" }, NOTHING, { ...NEW, conversations: 3 })).toEqual([]);
});

it("where there is no chat, a tool is run first", () => {
  expect(told({ role: "owner" }, NOTHING, { ...NEW, hasChat: false })[1]).toBe("Run a first tool");
});
