import "server-only";

import { cache } from "react";
import type { Space, WhatGoes } from "@/lib/api-types";
import type { Problem } from "@/lib/problems";
import { callGateway, settled } from "@/lib/server/gateway";
import { acting } from "@/lib/server/principal";
import type { Person } from "@/lib/server/session";

const at = (spaceId: string, rest: string) => `/spaces/${encodeURIComponent(spaceId)}${rest}`;

export const whatGoes = (person: Person, spaceId: string) =>
  callGateway(acting(person, spaceId), at(spaceId, "/deletion")) as Promise<WhatGoes>;

export const deleteSpace = (
  person: Person,
  spaceId: string,
  body: { name: string; keep_audit: boolean },
) => callGateway(acting(person, spaceId), at(spaceId, "/deletion"), { method: "POST", body });

export const handOver = (
  person: Person,
  spaceId: string,
  body: { user_id: string; stay_owner: boolean },
) =>
  callGateway(acting(person, spaceId), at(spaceId, "/hand-over"), {
    method: "POST",
    body,
  }) as Promise<Pick<Space, "space_id" | "role">>;

/**
 * Whether a space that is none of the person's was theirs until it was deleted; null: it was not.
 * Asked once for each request, as a page and its layout both want to know.
 */
export const deletionOf = cache(
  async (person: Person, spaceId: string): Promise<Problem | null> => {
    const found = await settled(callGateway(acting(person, spaceId), at(spaceId, "")));
    return !found.ok && found.problem.reason === "space_deleted" ? found.problem : null;
  },
);
