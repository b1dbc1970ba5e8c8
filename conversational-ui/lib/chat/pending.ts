/**
 * What is to be sent again after a consent at Notion. In the tab's own storage: an address alone,
 * which anybody can write into a link, sends nothing.
 */
const KEY = "chat:pending";

export interface Pending {
  spaceId: string;
  conversationId: string;
}

export function rememberPending(pending: Pending, storage: Storage = sessionStorage): void {
  storage.setItem(KEY, JSON.stringify(pending));
}

/** Whether this conversation waits for its retry; asked once. */
export function takePending(wanted: Pending, storage: Storage = sessionStorage): boolean {
  const kept = storage.getItem(KEY);
  if (kept === null) return false;
  storage.removeItem(KEY);
  try {
    const { spaceId, conversationId } = JSON.parse(kept) as Pending;
    return spaceId === wanted.spaceId && conversationId === wanted.conversationId;
  } catch {
    return false;
  }
}
