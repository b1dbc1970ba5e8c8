import type { UIMessage } from "ai";
import { newestTurns } from "@/lib/chat/newest-turns";

/** What the gateway keeps of the conversation, as the browser knows it. */
export interface KeptBefore {
  /** The last message of it that leads to what is sent. */
  through: string;
  /** How many messages lead there, with it. */
  count: number;
}

/** What goes to this site's server of a conversation in which something is asked. */
export interface SentTurn {
  /** Read from the gateway, before the others. Null: nothing is. */
  kept: KeptBefore | null;
  messages: UIMessage[];
  /** Older turns that go not even there: they had no room. */
  leftOut: number;
}

/** Bytes. The server refuses a body of 8 MiB. */
const ROOM = 4 * 1024 * 1024;

/**
 * ``known``: so many messages, from the first, does the gateway have as they are here. The last
 * message goes along in any case: it is what has changed.
 */
export function sentTurn(messages: readonly UIMessage[], known: number): SentTurn {
  const count = Math.min(known, messages.length - 1);
  const through = messages[count - 1]?.id;
  const rest = newestTurns(messages.slice(Math.max(count, 0)), ROOM, bytesOf);
  if (through === undefined) return { kept: null, ...rest };
  if (rest.leftOut === 0) return { kept: { through, count }, ...rest };
  return { kept: null, ...newestTurns(messages, ROOM, bytesOf) };
}

const encoder = new TextEncoder();
const bytesOf = (message: UIMessage) => encoder.encode(JSON.stringify(message)).length;
