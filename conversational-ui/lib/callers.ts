import type { GatewayToken } from "@/lib/api-types";

/** What calls with a login or token of its own, as the page Activity can be asked for it. */
export interface Caller {
  id: string;
  label: string;
}

export interface CallerGroup {
  title: string;
  callers: Caller[];
}

const TITLES: [string, readonly GatewayToken["kind"][]][] = [
  ["Gateway tokens", ["personal"]],
  ["Clients", ["client", "command_line"]],
  ["Machines", ["machine"]],
];

/** By kind, each by its name, with whose it is where that is not the reader; no empty group. */
export function callerGroups(tokens: readonly GatewayToken[], reader: string): CallerGroup[] {
  return TITLES.map(([title, kinds]) => ({
    title,
    callers: tokens
      .filter(({ kind }) => kinds.includes(kind))
      .map((token) => ({ id: token.token_id, label: label(token, reader) })),
  })).filter(({ callers }) => callers.length > 0);
}

const label = ({ name, kind, user_id }: GatewayToken, reader: string) =>
  kind === "machine" || user_id === reader ? name : `${name}, ${user_id}`;

/** By id, for those that are listed still. */
export const callerNames = (groups: readonly CallerGroup[]): ReadonlyMap<string, string> =>
  new Map(groups.flatMap(({ callers }) => callers.map(({ id, label }) => [id, label] as const)));
