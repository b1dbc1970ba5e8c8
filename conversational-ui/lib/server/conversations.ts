import "server-only";

import type { UIMessage } from "ai";
import type {
  KeptConversation,
  KeptConversations,
  KeptHead,
  SavedConversation,
  SaveRequest,
} from "@/lib/api-types";
import { chatProblem } from "@/lib/chat/failures";
import type { KeptBefore } from "@/lib/chat/sent-turn";
import { newestPath, pathTo } from "@/lib/chat/versions";
import { isIdentifier } from "@/lib/identifiers";
import { callGateway, GatewayError } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const e = encodeURIComponent;
/** Somebody's conversations may be megabytes. */
const TIMEOUT = 30_000;
/** A page waits no longer for what it can do without. */
const FIRST_VIEW_TIMEOUT = 1000;
const MOST_CHARACTERS = 50_000;

const path = (spaceId: string, id?: string) =>
  `/spaces/${e(spaceId)}/conversations${id === undefined ? "" : `/${e(id)}`}`;

/** ``signal``: of whoever waits for it. */
export const listConversations = (
  person: Person,
  spaceId: string,
  query: Record<string, string>,
  signal: AbortSignal,
) =>
  callGateway(acting(person, spaceId), path(spaceId), {
    query,
    signal,
    timeoutMilliseconds: TIMEOUT,
  }) as Promise<KeptConversations>;

export const readConversation = (person: Person, spaceId: string, id: string, after: string) =>
  callGateway(acting(person, spaceId), path(spaceId, id), {
    query: { after },
    timeoutMilliseconds: TIMEOUT,
  }) as Promise<KeptConversation>;

export const saveConversation = (person: Person, spaceId: string, id: string, body: SaveRequest) =>
  callGateway(acting(person, spaceId), path(spaceId, id), {
    method: "PUT",
    body,
    timeoutMilliseconds: TIMEOUT,
  }) as Promise<SavedConversation>;

/** Ids of the messages that are kept of it; none where there is no such conversation. */
export async function knownMessages(
  person: Person,
  spaceId: string,
  id: string,
): Promise<ReadonlySet<string>> {
  try {
    const after = String(Number.MAX_SAFE_INTEGER); // none of their contents
    return new Set((await readConversation(person, spaceId, id, after)).message_ids);
  } catch (fault) {
    if (!isUnknown(fault)) throw fault;
    return new Set();
  }
}

/**
 * How it ends: the last question and what was answered. Empty where the gateway keeps it not, or
 * does not say so soon, and where it is too long for a page: the browser reads it then.
 */
export async function endOfConversation(
  person: Person,
  spaceId: string,
  id: string,
): Promise<UIMessage[]> {
  if (!isIdentifier(id)) return [];
  try {
    const { messages, message_ids } = (await callGateway(
      acting(person, spaceId),
      path(spaceId, id),
      { query: { after: "0" }, timeoutMilliseconds: FIRST_VIEW_TIMEOUT },
    )) as KeptConversation;
    const last = newestPath(inOrder({ messages, message_ids })).slice(-2);
    return JSON.stringify(last).length > MOST_CHARACTERS ? [] : last;
  } catch (fault) {
    if (!(fault instanceof GatewayError)) throw fault;
    return [];
  }
}

/**
 * The messages that lead to that one, with it. Raises GatewayError (``messages_missing``) where the
 * gateway keeps others, or none: whoever has them sends them.
 */
export async function messagesThrough(
  person: Person,
  spaceId: string,
  id: string,
  { through, count }: KeptBefore,
): Promise<UIMessage[]> {
  const kept = await readConversation(person, spaceId, id, "0").catch((fault: unknown) => {
    if (!isUnknown(fault)) throw fault;
    return { messages: {}, message_ids: [] };
  });
  const path = pathTo(inOrder(kept), through);
  if (path.length !== count) throw new GatewayError(chatProblem("messages_missing", 409));
  return path;
}

const inOrder = ({ messages, message_ids }: Pick<KeptConversation, "messages" | "message_ids">) =>
  message_ids.flatMap((one) => (messages[one] ?? []) as unknown as UIMessage);

/** Whoever writes an answer in it is told to end. Nothing happens where there is no such one. */
export async function stopAnswers(person: Person, spaceId: string, id: string): Promise<void> {
  try {
    const stop = `${path(spaceId, id)}/stop`;
    await callGateway(acting(person, spaceId), stop, { method: "POST" });
  } catch (fault) {
    if (!isUnknown(fault)) throw fault;
  }
}

/**
 * The person's word on calls of it, kept there or not. Raises GatewayError (``approval_decided``)
 * where they have given it before, on any page of theirs.
 */
export async function takeDecisions(
  person: Person,
  spaceId: string,
  id: string,
  approvalIds: readonly string[],
): Promise<void> {
  const decisions = `${path(spaceId, id)}/decisions`;
  const body = { approval_ids: [...approvalIds] };
  await callGateway(acting(person, spaceId), decisions, { method: "POST", body });
}

export const isUnknown = (fault: unknown): boolean =>
  fault instanceof GatewayError && fault.problem.reason === "conversation_unknown";

/** Another title, pinned, or no longer; ``instead_of``: only where that is its title. */
export const alterConversation = (
  person: Person,
  spaceId: string,
  id: string,
  body: { title?: string | undefined; is_pinned?: boolean | undefined; instead_of?: string },
) =>
  callGateway(acting(person, spaceId), path(spaceId, id), {
    method: "PATCH",
    body,
  }) as Promise<KeptHead>;

/** One of them, or all where none is named. */
export const deleteConversations = (person: Person, spaceId: string, id?: string) =>
  callGateway(acting(person, spaceId), path(spaceId, id), { method: "DELETE" });
