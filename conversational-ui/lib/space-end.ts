import type { Member, WhatGoes } from "@/lib/api-types";

const counted = (count: number, one: string, many: string) =>
  `${count} ${count === 1 ? one : many}`;

/** What ends with a space, line by line; of what there is none, nothing is said. */
export function whatEnds(goes: WhatGoes): string[] {
  const others = goes.people - 1;
  const lines = [
    others > 0 && `You and ${counted(others, "colleague lose", "colleagues lose")} it at once`,
    goes.is_connected && "The space's connection to Notion is revoked at Notion",
    goes.own_connections > 0 &&
      `${counted(goes.own_connections, "member's own connection is", "members' own connections are")} revoked at Notion`,
    goes.tokens > 0 &&
      `${counted(goes.tokens, "gateway token stops", "gateway tokens stop")} working`,
    goes.clients > 0 &&
      `${counted(goes.clients, "MCP client or command line is", "MCP clients and command lines are")} logged out`,
    goes.machines > 0 && `${counted(goes.machines, "machine is", "machines are")} turned away`,
    goes.invitations > 0 &&
      `${counted(goes.invitations, "invitation that is", "invitations that are")} not answered yet ${goes.invitations === 1 ? "ends" : "end"}`,
    goes.conversations > 0 &&
      `${counted(goes.conversations, "conversation", "conversations")} of the chat ${goes.conversations === 1 ? "is" : "are"} deleted, whoever's they are`,
    goes.webhooks > 0 &&
      `${counted(goes.webhooks, "webhook is", "webhooks are")} told so once, and then deleted`,
  ].filter((line) => line !== false);
  return lines.length > 0 ? lines : ["Nothing but the space itself: it is empty"];
}

/** What of the record of calls can be kept; null where there is none. */
export const recordedCalls = (goes: WhatGoes): string | null =>
  goes.calls > 0 ? counted(goes.calls, "recorded call", "recorded calls") : null;

/** Without whom nobody would look after the space. */
export const isSoleOwner = (members: readonly Member[], userId: string): boolean =>
  members.some((one) => one.user_id === userId && one.role === "owner") &&
  members.every((one) => one.user_id === userId || one.role !== "owner");
