import type { UIMessage } from "ai";
import type { KeptConversation, KeptConversations, SavedConversation } from "@/lib/api-types";
import { callApi, type Outcome } from "@/lib/call-api";
import type { Owner } from "@/lib/chat/conversations";
import type { Problem } from "@/lib/problems";

/** What the gateway keeps of somebody's conversations, through this site's own routes. */
export interface Saving {
  title: string;
  messages: Record<string, UIMessage>;
  gone: string[];
  problem: Problem | null;
  waiting: number;
}

const path = ({ spaceId }: Owner, id?: string) =>
  `/api/spaces/${encodeURIComponent(spaceId)}/conversations${id === undefined ? "" : `/${encodeURIComponent(id)}`}`;

/** All of them: a page has 500, and nobody keeps more than 1,000. */
export async function listThere(
  owner: Owner,
  words: string,
  signal?: AbortSignal,
): Promise<Outcome<KeptConversations>> {
  const query = new URLSearchParams(words ? { words } : {});
  const asking = signal ? { signal } : {};
  const first = await callApi<KeptConversations>(`${path(owner)}?${query}`, asking);
  if (!first.ok || first.value.before === null) return first;
  query.set("before", String(first.value.before));
  const rest = await callApi<KeptConversations>(`${path(owner)}?${query}`, asking);
  if (!rest.ok) return rest;
  const conversations = [...first.value.conversations, ...rest.value.conversations];
  return { ok: true, value: { ...rest.value, conversations } };
}

/** With the messages that came after that change of it; null where there is none. */
export const readThere = (owner: Owner, id: string, after: number) =>
  callApi<KeptConversation | null>(`${path(owner, id)}?after=${after}`);

/** ``isKept``: it was there. Null where it is not any more: it was deleted. */
export const saveThere = (owner: Owner, id: string, saving: Saving, isKept: boolean) =>
  callApi<SavedConversation | null>(path(owner, id), {
    method: "PUT",
    body: { ...saving, only_if_kept: isKept },
  });

export const alterThere = (owner: Owner, id: string, to: { title?: string; is_pinned?: boolean }) =>
  callApi<unknown>(path(owner, id), { method: "PATCH", body: to });

/** One, or all where none is named. */
export const deleteThere = (owner: Owner, id?: string) =>
  callApi<undefined>(path(owner, id), { method: "DELETE" });
