import "server-only";

import type { PolicyHistory, PolicyTools, SpacePolicy } from "@/lib/api-types";
import { callGateway } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";
import type { Preset } from "@/lib/space-policy";

const path = (spaceId: string) => `/spaces/${encodeURIComponent(spaceId)}/policy`;

export const spacePolicy = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), path(spaceId)) as Promise<SpacePolicy>;

const NAME = /^[A-Za-z0-9_./-]{1,128}$/;
const MOST_NAMES = 200;

/** ``also``: tools that Notion lists, of which the gateway may not know some. */
export const policyTools = (person: Person, spaceId: string, also: readonly string[]) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/tools`, {
    query: also
      .filter((tool) => NAME.test(tool))
      .slice(0, MOST_NAMES)
      .map((tool): [string, string] => ["also", tool]),
  }) as Promise<PolicyTools>;

/** Who changed it when; a page, oldest first in it. */
export const policyHistory = (person: Person, spaceId: string, before: string | null) =>
  callGateway(acting(person, spaceId), `${path(spaceId)}/events`, {
    query: before === null ? {} : { before },
  }) as Promise<PolicyHistory>;

/** The document as an owner wrote it, so that a refusal names their line. */
export const setPolicy = (person: Person, spaceId: string, text: string, seen: number) =>
  callGateway(acting(person, spaceId), path(spaceId), {
    method: "PUT",
    query: { expected_version: String(seen) },
    text,
  }) as Promise<SpacePolicy>;

/** ``seen``: the version that the person saw; another one there is refused. */
export const choosePreset = (person: Person, spaceId: string, preset: Preset, seen: number) =>
  callGateway(acting(person, spaceId), path(spaceId), {
    method: "PUT",
    query: { expected_version: String(seen) },
    body: { version: 1, preset },
  }) as Promise<SpacePolicy>;

export const removePolicy = (person: Person, spaceId: string, seen: number) =>
  callGateway(acting(person, spaceId), path(spaceId), {
    method: "DELETE",
    query: { expected_version: String(seen) },
  }) as Promise<SpacePolicy>;
