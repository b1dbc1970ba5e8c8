"use client";

import { useEffect, useEffectEvent, useState } from "react";
import useSWR, { useSWRConfig } from "swr";
import type { NotionStatus, SpaceConnections, Verification, Whose } from "@/lib/api-types";
import { ask, type Refused } from "@/lib/ask";
import { callApi } from "@/lib/call-api";
import { connectionView, isFresh } from "@/lib/connection";
import { tellOfConnection } from "@/lib/connection-news";
import { spaceApi } from "@/lib/space-paths";

/** How soon a page that is looked at sees what others did; a hidden one, when it is looked at again. */
const LOOK_MILLISECONDS = 5000;
/** However many parts of a page show it, it is asked for once in that time. */
const ONCE_MILLISECONDS = 4000;
/** Younger than that, what a real call found is not asked for again by coming to a page. */
const FRESH_MILLISECONDS = 60_000;

export const statusKey = (spaceId: string) => spaceApi(spaceId, "/notion");
/** Of one grant: what was found of the one before, or of another, says nothing about it. */
export const verificationKey = (
  spaceId: string,
  { process_id }: Pick<NotionStatus, "process_id">,
) => `${spaceApi(spaceId, "/notion/verify")}#${process_id}`;

async function verify(spaceId: string): Promise<Verification> {
  const outcome = await callApi<Verification>(spaceApi(spaceId, "/notion/verify"), {
    method: "POST",
  });
  // That this site cannot be asked says nothing to the other tabs.
  if (!outcome.ok) return { ok: false, at: new Date().toISOString(), problem: outcome.problem };
  tellOfConnection({ spaceId, found: outcome.value });
  return outcome.value;
}

/**
 * The connections of a space as the gateway has them, and with which one the person acts: asked for
 * every few seconds, and when somebody comes back to the page.
 */
export function useConnections(spaceId: string) {
  const {
    data: now,
    error,
    mutate,
  } = useSWR<SpaceConnections, Refused>(statusKey(spaceId), ask, {
    refreshInterval: LOOK_MILLISECONDS,
    dedupingInterval: ONCE_MILLISECONDS,
    // After a failure SWR asks no more by itself.
    onErrorRetry: ({ problem }, _key, _config, again, { retryCount }) => {
      if (problem.retry) setTimeout(() => void again({ retryCount }), LOOK_MILLISECONDS);
    },
  });
  return { now, fault: error?.problem, again: () => mutate() };
}

/** Where something has just failed, what is said of the connection is looked at anew. */
export function useLookAfter(spaceId: string, hasFailed: boolean): void {
  const { mutate } = useSWRConfig();
  const look = useEffectEvent(() => void mutate(statusKey(spaceId)));
  useEffect(() => {
    if (hasFailed) look();
  }, [hasFailed]);
}

/** Something was done to a connection of the space: this page looks, and the other tabs are told. */
export function useChanged(spaceId: string): () => void {
  const { mutate } = useSWRConfig();
  return () => {
    void mutate(statusKey(spaceId));
    tellOfConnection({ spaceId, found: null });
  };
}

/**
 * The state of one connection, by itself that which serves the person; the same wherever on the page
 * it is shown. Only that one is tried: a real call to Notion is made when the last is older than a
 * minute, and by ``check``.
 */
export function useConnection(
  spaceId: string,
  { whose, invitation }: { whose?: Whose; invitation?: string } = {},
) {
  const { cache, fallback, mutate } = useSWRConfig();
  const { now, fault, again } = useConnections(spaceId);
  const serving = now?.grants.serves_you ?? null;
  const asked = whose ?? serving;
  const status = (asked && now?.[asked]) ?? null;
  const serves = asked === serving;
  const key = status?.status === "connected" ? verificationKey(spaceId, status) : null;
  const look = async () => {
    const found = await verify(spaceId);
    if (!found.ok) void mutate(statusKey(spaceId)); // what ended just now stands in the status
    return found;
  };
  const lookAgain = async (of: string) => {
    const last: Verification | undefined = cache.get(of)?.data ?? fallback[of];
    return last && isFresh(last, FRESH_MILLISECONDS) ? last : look();
  };
  const {
    data,
    isValidating,
    mutate: setFound,
  } = useSWR<Verification>(key, serves ? lookAgain : null, {
    focusThrottleInterval: LOOK_MILLISECONDS,
    shouldRetryOnError: false,
  });
  const [isAsked, setAsked] = useState(false);
  const check = async () => {
    setAsked(true);
    await setFound(look(), { revalidate: false });
    setAsked(false);
  };
  const verification = data ?? null;
  const checking = isValidating || isAsked;
  const view = connectionView(status, verification, { checking, serves, invitation, fault });
  return { now, again, serves, verification, checking, check, view };
}
