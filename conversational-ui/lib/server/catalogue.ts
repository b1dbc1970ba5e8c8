import "server-only";

import type { Catalogue, CatalogueChanges, Whose } from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const grantOf = (whose: Whose): Record<string, string> =>
  whose === "personal" ? { grant: "mine" } : {};
const path = (spaceId: string) => `/spaces/${encodeURIComponent(spaceId)}/catalogue`;

/** Which tools Notion listed at the newest look. */
export const catalogue = (person: Person, spaceId: string, whose: Whose = "shared") =>
  callGateway(acting(person, spaceId), path(spaceId), {
    query: grantOf(whose),
  }) as Promise<Catalogue>;

/** A page of what has changed, the newest first. */
export const catalogueChanges = (
  person: Person,
  spaceId: string,
  { whose, before, unseen }: { whose: Whose; before: string | null; unseen: boolean },
) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/changes`, {
    query: {
      limit: "20",
      unseen: String(unseen),
      ...grantOf(whose),
      ...(before === null ? {} : { before }),
    },
  }) as Promise<CatalogueChanges>;

/** All until a version: what came after it stays unseen. */
export const markSeen = (person: Person, spaceId: string, whose: Whose, version: number) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/seen`, {
    method: "PUT",
    query: grantOf(whose),
    body: { version },
  }) as Promise<Catalogue>;

export const lookAgain = (person: Person, spaceId: string, whose: Whose) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/look`, {
    method: "POST",
    query: grantOf(whose),
  }) as Promise<Catalogue>;
