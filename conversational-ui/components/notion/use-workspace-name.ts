"use client";

import useSWR from "swr";
import { statusKey } from "@/components/notion/use-connection";
import type { ConnectionMade, SpaceConnections } from "@/lib/api-types";
import { ask, type Refused } from "@/lib/ask";

const LOOK_MILLISECONDS = 2000;
/** Since the page was loaded, at the end of a consent. A name that has not come by then may never. */
const LOOK_FOR_MILLISECONDS = 60_000;

/**
 * The workspace of a connection that was just made. What Notion answers to a consent need not name
 * it; then the gateway asks for the name, and the status has it a moment later.
 */
export function useWorkspaceName(spaceId: string, made: ConnectionMade | null): string | null {
  const named = made?.workspace ?? null;
  const nameIn = (now: SpaceConnections | undefined) =>
    (made && now?.[made.whose]?.workspace?.name) ?? null;
  const { data } = useSWR<SpaceConnections, Refused>(
    made && named === null ? statusKey(spaceId) : null,
    ask,
    { refreshInterval: (now) => (nameIn(now) === null && isSoon() ? LOOK_MILLISECONDS : 0) },
  );
  return named ?? nameIn(data);
}

const isSoon = () => performance.now() < LOOK_FOR_MILLISECONDS;
