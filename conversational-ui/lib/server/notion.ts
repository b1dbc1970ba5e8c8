import "server-only";

import { cache } from "react";
import type {
  ConnectionMade,
  Disconnected,
  Finished,
  GrantChoice,
  GrantMode,
  Grants,
  HistoryPage,
  MembersConnections,
  NotionStatus,
  SpaceConnections,
  SpacesWorkspace,
  Started,
  Whose,
} from "@/lib/api-types";
import { callGateway, GatewayError } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";
import { listSpaces } from "@/lib/server/spaces";

/** Notion may take its time: registration and discovery come before a consent, tokens after it. */
const SLOW = 30_000;

const path = (spaceId: string) => `/integrations/notion/${encodeURIComponent(spaceId)}`;
/** Unless it is said otherwise, the gateway means the connection that everybody shares. */
const of = (whose: Whose): Record<string, string> =>
  whose === "personal" ? { grant: "mine" } : {};

export const notionStatus = (person: Person, spaceId: string, whose: Whose = "shared") =>
  callGateway(acting(person, spaceId), path(spaceId), {
    query: of(whose),
  }) as Promise<NotionStatus>;

/** With whose connections people act in the space, and with which one this person does. */
export const notionGrants = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/grants`) as Promise<Grants>;

/** The space's connection and the person's own. Asked once for each request, whatever shows them. */
export const spaceConnections = cache(
  async (person: Person, spaceId: string): Promise<SpaceConnections> => {
    const [grants, shared] = await Promise.all([
      notionGrants(person, spaceId),
      notionStatus(person, spaceId),
    ]);
    const hasOwn = grants.choice.mode !== "shared";
    return {
      grants,
      shared,
      personal: hasOwn ? await notionStatus(person, spaceId, "personal") : null,
    };
  },
);

export const chooseGrants = (
  person: Person,
  spaceId: string,
  choice: { mode: GrantMode; service_tokens_use_shared: boolean },
) =>
  callGateway(acting(person, spaceId), `/spaces/${encodeURIComponent(spaceId)}/grants`, {
    method: "PUT",
    body: choice,
  }) as Promise<GrantChoice>;

/** What members have connected of their own, by user id: those behind ``after``. Owners. */
/** Which Notion workspace opens for the person in each of their spaces. */
export const workspacesOf = async (person: Person) =>
  ((await callGateway(acting(person), "/workspaces")) as { workspaces: SpacesWorkspace[] })
    .workspaces;

export const membersConnections = (person: Person, spaceId: string, after: string | null) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/grants/members`, {
    query: after === null ? {} : { after },
  }) as Promise<MembersConnections>;

/** An owner's end to a member's own connection. */
export const disconnectMember = (person: Person, spaceId: string, userId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/grants/${encodeURIComponent(userId)}`, {
    method: "DELETE",
    timeoutMilliseconds: SLOW,
  }) as Promise<Disconnected>;

/** Most are renewals, two events each: of a month of working days, some 350. */
const HISTORY_LIMIT = "500";

/** The newest page, oldest first in it. */
export const notionHistory = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/events`, {
    query: { limit: HISTORY_LIMIT },
  }) as Promise<HistoryPage>;

/**
 * Begins a consent. ``confirm``: it ends here, unfinished, so that nobody can be led to finish
 * somebody else's; see ``finishConsent``.
 */
export const startConsent = (
  person: Person,
  spaceId: string,
  returnPath: string,
  whose: Whose = "shared",
) =>
  callGateway(acting(person, spaceId), "/integrations/notion/oauth/mcp/start", {
    query: { space_id: spaceId, return_path: returnPath, confirm: "true", ...of(whose) },
    timeoutMilliseconds: SLOW,
  }) as Promise<Started>;

/** Only the person who started can finish. */
export const finishConsent = (person: Person, state: string) =>
  callGateway(acting(person), "/integrations/notion/oauth/mcp/finish", {
    method: "POST",
    body: { state },
    timeoutMilliseconds: SLOW,
  }) as Promise<Omit<Finished, "made">>;

/** Which connection a consent was for, by the grant that it made. */
export async function connectionMade(
  person: Person,
  spaceId: string,
  processId: string,
): Promise<ConnectionMade | null> {
  try {
    const [{ choice }, shared, own, spaces] = await Promise.all([
      notionGrants(person, spaceId),
      notionStatus(person, spaceId),
      notionStatus(person, spaceId, "personal"),
      listSpaces(person),
    ]);
    const made = own.process_id === processId ? own : shared;
    const space = spaces.find(({ space_id }) => space_id === spaceId);
    return {
      whose: made.grant,
      space: space?.name ?? null,
      workspace: made.workspace?.name ?? null,
      choice,
    };
  } catch (fault) {
    if (fault instanceof GatewayError) return null; // it is made, whoever cannot be asked
    throw fault;
  }
}

export const disconnect = (person: Person, spaceId: string, whose: Whose) =>
  callGateway(acting(person, spaceId), path(spaceId), {
    method: "DELETE",
    query: of(whose),
    timeoutMilliseconds: SLOW,
  }) as Promise<Disconnected>;
