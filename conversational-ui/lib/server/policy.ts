import "server-only";

import type { SpacePolicy } from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import type { Person } from "@/lib/server/session";
import type { Preset } from "@/lib/space-policy";

const inSpace = (person: Person, spaceId: string) => ({ userId: person.userId, spaceId });
const path = (spaceId: string) => `/spaces/${encodeURIComponent(spaceId)}/policy`;

export const spacePolicy = (person: Person, spaceId: string) =>
  callGateway(inSpace(person, spaceId), path(spaceId)) as Promise<SpacePolicy>;

/** ``seen``: the version that the person saw; another one there is refused. */
export const choosePreset = (person: Person, spaceId: string, preset: Preset, seen: number) =>
  callGateway(inSpace(person, spaceId), path(spaceId), {
    method: "PUT",
    query: { expected_version: String(seen) },
    body: { version: 1, preset },
  }) as Promise<SpacePolicy>;

export const removePolicy = (person: Person, spaceId: string, seen: number) =>
  callGateway(inSpace(person, spaceId), path(spaceId), {
    method: "DELETE",
    query: { expected_version: String(seen) },
  }) as Promise<SpacePolicy>;
