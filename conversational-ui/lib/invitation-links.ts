import type { GrantMode } from "@/lib/api-types";

/** The page on which whoever has an invitation link joins the space. */
export const joinPage = (spaceId: string) => `/join/${encodeURIComponent(spaceId)}`;

/** With the secret behind the #: browsers send that to nobody, so that no log has it. */
export const joinPath = (spaceId: string, secret: string) =>
  `${joinPage(spaceId)}#${encodeURIComponent(secret)}`;

const keptAs = (spaceId: string) => `invitation-link:${spaceId}`;

/**
 * The secret of the link to that space which was opened in this tab: from the address, or from
 * before. Once this tab keeps it, it stands in no address and no history any more.
 */
export function openedSecret(spaceId: string): string | null {
  const secret = location.hash.slice(1);
  try {
    if (!secret) return sessionStorage.getItem(keptAs(spaceId));
    sessionStorage.setItem(keptAs(spaceId), secret);
  } catch {
    return secret || null; // the browser keeps nothing for this site
  }
  leaveAddress();
  return secret;
}

/** Once the person has joined by it, or it leads nowhere. */
export function forgetSecret(spaceId: string): void {
  try {
    sessionStorage.removeItem(keptAs(spaceId));
  } catch {
    // the browser has kept nothing
  }
  if (location.hash) leaveAddress();
}

function leaveAddress(): void {
  history.replaceState(history.state, "", location.pathname + location.search);
}

/** With whose connection somebody acts who joins: to be read before they do. */
export const JOINING_WORDS: Record<GrantMode, string> = {
  shared:
    "The members of this space share one connection to Notion: what you do here happens in Notion with the rights of whoever connected it, and in their name.",
  personal_else_shared:
    "You can connect your own Notion here, and act in your own name. Until you do, what you do happens with the rights of whoever connected the team's, and in their name.",
  personal:
    "Every member connects their own Notion here: what you do happens with your own rights, in your own name, and nobody else acts with them.",
};

/** A mail with the link, begun in the person's own mail program; to nobody yet. */
export function mailWith(link: string, spaceName: string): string {
  const subject = `Join ${spaceName}`;
  const body = `Open this link to join ${spaceName}, and work with its Notion:\n\n${link}\n\nIt is for you alone, and ends after seven days.`;
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;
}
