import type { Route } from "next";

/** Where whoever has an invitation link joins the space. */
export const joinPath = (spaceId: string, secret: string) =>
  `/join/${encodeURIComponent(spaceId)}/${encodeURIComponent(secret)}` as Route;

/** A mail with the link, begun in the person's own mail program; to nobody yet. */
export function mailWith(link: string, spaceName: string): string {
  const subject = `Join ${spaceName}`;
  const body = `Open this link to join ${spaceName}, and work with its Notion:\n\n${link}\n\nIt is for you alone, and ends after seven days.`;
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;
}
