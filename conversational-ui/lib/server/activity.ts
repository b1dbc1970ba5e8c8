import "server-only";

import type { AuditKeeping, AuditPage } from "@/lib/api-types";
import { callGateway, gatewayFetch } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";
import { gatewaySettings } from "@/lib/server/settings";

const path = (spaceId: string) => `/spaces/${encodeURIComponent(spaceId)}/audit`;

/** One page of calls, the newest first. Who is no owner gets their own. */
export const listActivity = (person: Person, spaceId: string, query: Record<string, string>) =>
  callGateway(acting(person, spaceId), path(spaceId), { query }) as Promise<AuditPage>;

/** How long calls are kept, and who has set that. */
export const auditKeeping = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/keeping`) as Promise<AuditKeeping>;

/** All of them, as the gateway sends them; an error as it is. */
export const exportActivity = (person: Person, spaceId: string, query: Record<string, string>) =>
  gatewayFetch(acting(person, spaceId))(
    `${gatewaySettings().endpoint}${path(spaceId)}/export?${new URLSearchParams(query)}`,
  );
