import { browserDatabase, type OwnedHead } from "@/lib/chat/browser-database";
import { deleteWhere } from "@/lib/chat/conversations";
import { forgetAllDrafts } from "@/lib/chat/drafts";
import { chosenPlace } from "@/lib/chat/place";

/** Somebody's in all their spaces: an owner's key begins with the person (``keyOf``). */
const everyOneOf = (userId: string) =>
  IDBKeyRange.bound([`${userId}\n`, Number.NEGATIVE_INFINITY], [`${userId}\n\uffff`]);

/** All of it is at the gateway, where its person finds it again. */
function isThere({ owner, change = 0, isUnsent, altered }: OwnedHead): boolean {
  const [userId = "", spaceId = ""] = owner.split("\n");
  const isWanted = chosenPlace({ userId, spaceId }) === "gateway";
  return isWanted && change > 0 && !isUnsent && !altered;
}

/** How many of somebody's conversations only this browser has, as they are. */
export async function countHereOnly(userId: string): Promise<number> {
  const db = await browserDatabase();
  const heads = await db.getAllFromIndex("heads", "owner", everyOneOf(userId));
  return heads.filter((head) => !isThere(head)).length;
}

/**
 * Whoever uses this browser next finds no draft of this person's, and of their conversations at most
 * those that nobody else has; with ``isAll`` not even these.
 */
export async function leaveBrowser(userId: string, isAll: boolean): Promise<void> {
  forgetAllDrafts(userId);
  await deleteWhere(everyOneOf(userId), (head) => isAll || isThere(head));
}
