import "server-only";

import type { Catalogue, CatalogueChanges } from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const path = (spaceId: string) => `/spaces/${encodeURIComponent(spaceId)}/catalogue`;

/** Which tools Notion listed at the newest look. */
export const catalogue = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), path(spaceId)) as Promise<Catalogue>;

/** A page of what has changed, the newest first. */
export const catalogueChanges = (
  person: Person,
  spaceId: string,
  { before, unseen }: { before: string | null; unseen: boolean },
) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/changes`, {
    query: { limit: "20", unseen: String(unseen), ...(before === null ? {} : { before }) },
  }) as Promise<CatalogueChanges>;

/** All until a version: what came after it stays unseen. */
export const markSeen = (person: Person, spaceId: string, version: number) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/seen`, {
    method: "PUT",
    body: { version },
  }) as Promise<Catalogue>;

export const lookAgain = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/look`, {
    method: "POST",
  }) as Promise<Catalogue>;
