import type { ConversationHead } from "@/lib/chat/conversations";

export interface Group {
  title: string;
  conversations: ConversationHead[];
}

const DAY = 24 * 60 * 60_000;

/** Those that are pinned first, then by the day on which something was said last, newest first. */
export function byDay(conversations: readonly ConversationHead[], now: Date): Group[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const groups = new Map<string, ConversationHead[]>();
  const pinned = conversations.filter(({ isPinned }) => isPinned);
  if (pinned.length > 0) groups.set("Pinned", pinned);
  for (const one of conversations) {
    if (one.isPinned) continue;
    const title = dayOf(one.updatedAt, midnight);
    groups.set(title, [...(groups.get(title) ?? []), one]);
  }
  return [...groups].map(([title, some]) => ({ title, conversations: some }));
}

function dayOf(at: number, midnight: number): string {
  if (at >= midnight) return "Today";
  // A day may be an hour shorter or longer.
  if (at >= new Date(midnight - DAY / 2).setHours(0, 0, 0, 0)) return "Yesterday";
  if (at >= midnight - 7 * DAY) return "The last seven days";
  return new Date(at).toLocaleString("en", { month: "long", year: "numeric" });
}
