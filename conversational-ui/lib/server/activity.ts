import "server-only";

import type { AuditKeeping, AuditPage, RecordingRequest } from "@/lib/api-types";
import { callGateway, gatewayFetch } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";
import { gatewaySettings } from "@/lib/server/settings";

const DAY_MILLISECONDS = 86_400_000;
const path = (spaceId: string) => `/spaces/${encodeURIComponent(spaceId)}/audit`;

/** One page of calls, the newest first. Who is no owner gets their own. */
export const listActivity = (person: Person, spaceId: string, query: Record<string, string>) =>
  callGateway(acting(person, spaceId), path(spaceId), { query }) as Promise<AuditPage>;

/** How long calls are kept, and who has set that. */
export const auditKeeping = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/keeping`) as Promise<AuditKeeping>;

/** What is recorded of calls from now on, and for how long; owners. What deletes comes last. */
export async function setRecording(
  person: Person,
  spaceId: string,
  { days, ...contents }: RecordingRequest,
): Promise<void> {
  const set = (what: string, body: unknown) =>
    callGateway(acting(person, spaceId), `${path(spaceId)}/${what}`, { method: "PUT", body });
  await set("contents", contents);
  await set("keeping", { days });
}

/** Whether any call is older than so many days. */
export async function hasOlderCalls(person: Person, spaceId: string, days: number) {
  const until = new Date(Date.now() - days * DAY_MILLISECONDS).toISOString();
  const { entries } = await listActivity(person, spaceId, { until, limit: "1" });
  return entries.length > 0;
}

/** All of them, as the gateway sends them; an error as it is. */
export const exportActivity = (person: Person, spaceId: string, query: Record<string, string>) =>
  gatewayFetch(acting(person, spaceId))(
    `${gatewaySettings().endpoint}${path(spaceId)}/export?${new URLSearchParams(query)}`,
  );
