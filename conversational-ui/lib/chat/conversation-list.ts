import type { ConversationHead } from "@/lib/chat/conversations";

/**
 * The list, newest first, with one conversation as it is now: in its place by time, the others as
 * they were. Where ``isSearch``, one that is not in it is not added: whether it has the words is not
 * known.
 */
export function withHead(
  list: readonly ConversationHead[],
  head: ConversationHead,
  isSearch: boolean,
): ConversationHead[] {
  const rest = list.filter(({ id }) => id !== head.id);
  if (isSearch && rest.length === list.length) return [...list];
  return [...rest, head].sort((one, other) => other.updatedAt - one.updatedAt);
}
