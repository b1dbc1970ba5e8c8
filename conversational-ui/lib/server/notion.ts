import "server-only";

import type { Disconnected, Finished, HistoryPage, NotionStatus, Started } from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import type { Person } from "@/lib/server/session";

/** Notion may take its time: registration and discovery come before a consent, tokens after it. */
const SLOW = 30_000;

const inSpace = (person: Person, spaceId: string) => ({ userId: person.userId, spaceId });
const path = (spaceId: string) => `/integrations/notion/${encodeURIComponent(spaceId)}`;

export const notionStatus = (person: Person, spaceId: string) =>
  callGateway(inSpace(person, spaceId), path(spaceId)) as Promise<NotionStatus>;

/** The newest page, oldest first in it. */
export const notionHistory = (person: Person, spaceId: string) =>
  callGateway(inSpace(person, spaceId), `${path(spaceId)}/events`) as Promise<HistoryPage>;

/**
 * Begins a consent. ``confirm``: it ends here, unfinished, so that nobody can be led to finish
 * somebody else's; see ``finishConsent``.
 */
export const startConsent = (person: Person, spaceId: string, returnPath: string) =>
  callGateway(inSpace(person, spaceId), "/integrations/notion/oauth/mcp/start", {
    query: { space_id: spaceId, return_path: returnPath, confirm: "true" },
    timeoutMilliseconds: SLOW,
  }) as Promise<Started>;

/** Only the person who started can finish. */
export const finishConsent = (person: Person, state: string) =>
  callGateway({ userId: person.userId }, "/integrations/notion/oauth/mcp/finish", {
    method: "POST",
    body: { state },
    timeoutMilliseconds: SLOW,
  }) as Promise<Finished>;

export const disconnect = (person: Person, spaceId: string) =>
  callGateway(inSpace(person, spaceId), path(spaceId), {
    method: "DELETE",
    timeoutMilliseconds: SLOW,
  }) as Promise<Disconnected>;
