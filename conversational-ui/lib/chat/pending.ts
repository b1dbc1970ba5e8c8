/**
 * What is to be sent again after a consent at Notion. In the tab's own storage: an address alone,
 * which anybody can write into a link, sends nothing.
 */
const KEY = "chat:pending";

export interface Pending {
  spaceId: string;
  conversationId: string;
}

interface Kept extends Pending {
  /** The consent for it was given. */
  agreed: boolean;
}

export function rememberPending(pending: Pending, storage: Storage = sessionStorage): void {
  storage.setItem(KEY, JSON.stringify({ ...pending, agreed: false } satisfies Kept));
}

/** The space is connected: what waits for that is sent when its conversation is opened. */
export function agreePending(spaceId: string, storage: Storage = sessionStorage): void {
  const kept = read(storage);
  if (kept?.spaceId !== spaceId) return;
  storage.setItem(KEY, JSON.stringify({ ...kept, agreed: true } satisfies Kept));
}

/**
 * Whether this conversation is to be sent again now. Asked once: who went on to another one, or
 * came back without a consent, sends nothing later.
 */
export function takePending(wanted: Pending, storage: Storage = sessionStorage): boolean {
  const kept = read(storage);
  storage.removeItem(KEY);
  return (
    kept?.agreed === true &&
    kept.spaceId === wanted.spaceId &&
    kept.conversationId === wanted.conversationId
  );
}

function read(storage: Storage): Kept | null {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? "null");
    return typeof kept === "object" ? (kept as Kept | null) : null;
  } catch {
    return null;
  }
}
