import type { Route } from "next";
import { isIdentifier } from "@/lib/identifiers";

/** The pages of a space: what stands behind ``/s/{space}/`` in their addresses. */
export const SPACE_PAGES = [
  "chat",
  "tools",
  "tools/resources",
  "tools/prompts",
  "integrations",
  "members",
  "clients",
  "tokens",
  "activity",
  "invitations",
] as const;
export type SpacePage = (typeof SPACE_PAGES)[number];

const isSpacePage = (value: string): value is SpacePage =>
  (SPACE_PAGES as readonly string[]).includes(value);

export const spacePath = (spaceId: string, page: SpacePage) =>
  `/s/${encodeURIComponent(spaceId)}/${page}` as Route;

export const conversationPath = (spaceId: string, conversationId: string) =>
  `${spacePath(spaceId, "chat")}/${encodeURIComponent(conversationId)}` as Route;

/** A space's page with what is asked of it. */
export function askedPath(spaceId: string, page: SpacePage, query: Record<string, string>): Route {
  const asked = new URLSearchParams(query);
  return `${spacePath(spaceId, page)}${asked.size > 0 ? `?${asked}` : ""}` as Route;
}

/** What a member has shared with the space's other members. */
export const sharedPath = (spaceId: string, shareId: string) =>
  `/s/${encodeURIComponent(spaceId)}/shared/${encodeURIComponent(shareId)}` as Route;

/** This site's own routes that are about a space; ``rest`` begins with a slash. */
export const spaceApi = (spaceId: string, rest = "") =>
  `/api/spaces/${encodeURIComponent(spaceId)}${rest}`;

/** Of an address's segment, escaped or not: no space's id has a percent sign. Null: it names none. */
export function spaceIdIn(segment: string): string | null {
  try {
    const decoded = decodeURIComponent(segment);
    return isIdentifier(decoded) ? decoded : null;
  } catch {
    return null;
  }
}

/** Whether an address is of this space, so that whoever goes there stays in it. */
export const isInSpace = (path: string, spaceId: string) =>
  path.startsWith(`/s/${encodeURIComponent(spaceId)}/`);

/** The same page of another space; a conversation, also a shared one, is of one: the chat stays. */
export function pageAt(pathname: string): SpacePage {
  const page = pathname.split("/").slice(3).join("/");
  if (isSpacePage(page)) return page;
  return /^(chat\/|shared\/|$)/.test(page) ? "chat" : "integrations";
}

/** What an address without a space meant, from when the space was kept in a cookie alone. */
export type OldAddress = { page: SpacePage; conversation: string | null };

const CONVERSATION = /^[\w-]{1,64}$/;

/**
 * ``/chat?c={id}`` was a conversation, and ``/chat/tools`` the tools. Null: there never was such a
 * page.
 */
export function oldAddress(
  segments: readonly string[],
  query: Record<string, string | string[] | undefined>,
): OldAddress | null {
  const named = segments.join("/");
  const page = named === "chat/tools" ? "tools" : named;
  if (!isSpacePage(page)) return null;
  const asked = page === "chat" && typeof query.c === "string" ? query.c : null;
  return { page, conversation: asked !== null && CONVERSATION.test(asked) ? asked : null };
}

/** Where it is now, with the rest of its query. */
export function newAddress(
  { page, conversation }: OldAddress,
  spaceId: string,
  query: Record<string, string | string[] | undefined>,
): Route {
  if (conversation !== null) return conversationPath(spaceId, conversation);
  const rest = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (page === "chat") break;
    for (const one of [value ?? []].flat()) rest.append(name, one);
  }
  return `${spacePath(spaceId, page)}${rest.size > 0 ? `?${rest}` : ""}` as Route;
}

/** The page that somebody wanted before they had a space; of an address, so only what is known. */
export const wantedPage = (value: unknown): SpacePage =>
  typeof value === "string" && isSpacePage(value) ? value : "chat";
