"use client";

import { type ReactNode, useEffect } from "react";
import { SWRConfig, useSWRConfig } from "swr";
import { statusKey, verificationKey } from "@/components/notion/use-connection";
import type { SpaceConnections, Verification, Whose } from "@/lib/api-types";
import { servingOf } from "@/lib/connection";
import { onConnectionNews } from "@/lib/connection-news";

/** Of one space and one person: whoever signs in next in the same tab is shown nothing of it. */
const newCache = () => new Map();

/** What the server knew of the connections as it made the page, and what other tabs tell since. */
export function ConnectionShared({
  spaceId,
  now,
  last,
  children,
}: {
  spaceId: string;
  /** Null: nobody can say. */
  now: SpaceConnections | null;
  /** What a real call with each found last. */
  last: Record<Whose, Verification | null>;
  children: ReactNode;
}) {
  const fallback: Record<string, SpaceConnections | Verification> = {};
  if (now) fallback[statusKey(spaceId)] = now;
  for (const whose of ["shared", "personal"] as const) {
    const status = now?.[whose];
    const found = last[whose];
    if (status && found) fallback[verificationKey(spaceId, status)] = found;
  }
  return (
    <SWRConfig value={{ fallback, provider: newCache }}>
      <Listening spaceId={spaceId} />
      {children}
    </SWRConfig>
  );
}

function Listening({ spaceId }: { spaceId: string }) {
  const { cache, mutate } = useSWRConfig();
  useEffect(
    () =>
      onConnectionNews((news) => {
        if (news.spaceId !== spaceId) return;
        const now: SpaceConnections | undefined = cache.get(statusKey(spaceId))?.data;
        const status = now && servingOf(now);
        if (news.found && status) {
          void mutate(verificationKey(spaceId, status), news.found, { revalidate: false });
        }
        if (!news.found?.ok) void mutate(statusKey(spaceId));
      }),
    [spaceId, cache, mutate],
  );
  return null;
}
