import { expect, it } from "vitest";
import type { Member, WhatGoes } from "@/lib/api-types";
import { isSoleOwner, recordedCalls, whatEnds } from "@/lib/space-end";

const EMPTY: WhatGoes = {
  people: 1,
  invitations: 0,
  is_connected: false,
  own_connections: 0,
  tokens: 0,
  clients: 0,
  machines: 0,
  conversations: 0,
  webhooks: 0,
  calls: 0,
};

it("says what ends with a space, and nothing of what there is none", () => {
  expect(whatEnds(EMPTY)).toEqual(["Nothing but the space itself: it is empty"]);
  expect(recordedCalls(EMPTY)).toBeNull();
  const full = { ...EMPTY, people: 3, is_connected: true, tokens: 1, conversations: 2, calls: 9 };
  expect(whatEnds(full)).toEqual([
    "You and 2 colleagues lose it at once",
    "The space's connection to Notion is revoked at Notion",
    "1 gateway token stops working",
    "2 conversations of the chat are deleted, whoever's they are",
  ]);
  expect(recordedCalls(full)).toBe("9 recorded calls");
  const one = { ...EMPTY, people: 2, own_connections: 1, clients: 1, machines: 1, invitations: 1 };
  expect(whatEnds({ ...one, webhooks: 1 })).toEqual([
    "You and 1 colleague lose it at once",
    "1 member's own connection is revoked at Notion",
    "1 MCP client or command line is logged out",
    "1 machine is turned away",
    "1 invitation that is not answered yet ends",
    "1 webhook is told so once, and then deleted",
  ]);
});

it("knows who could not leave", () => {
  const member = (user_id: string, role: Member["role"]): Member => ({
    user_id,
    role,
    added_at: "2026-01-01T00:00:00Z",
    added_by: "ada",
  });
  const team = [member("ada", "owner"), member("bob", "member")];
  expect(isSoleOwner(team, "ada")).toBe(true);
  expect(isSoleOwner(team, "bob")).toBe(false);
  expect(isSoleOwner([...team, member("cleo", "owner")], "ada")).toBe(false);
});
