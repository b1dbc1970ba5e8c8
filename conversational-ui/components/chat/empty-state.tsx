"use client";

import { ArrowUpRight } from "lucide-react";
import dynamic from "next/dynamic";
import useSWR from "swr";
import { ReconnectCard } from "@/components/chat/reconnect-card";
import * as texts from "@/components/chat/texts";
import type { Space } from "@/lib/api-types";
import { ask } from "@/lib/ask";
import type { Owner } from "@/lib/chat/conversations";
import type { FoundPage } from "@/lib/chat/found-pages";
import { withoutAddresses } from "@/lib/chat/mentions";
import { MOST_OF_PAGES, OF_ANY_WORKSPACE, suggestionsOf } from "@/lib/chat/suggestions";
import { spaceApi, spacePath } from "@/lib/space-paths";

const FirstSteps = dynamic(() => import("@/components/chat/first-steps"), { ssr: false });

/** Recent pages are not asked for again within it: it is a call to Notion. */
const FRESH_MILLISECONDS = 5 * 60_000;

export function EmptyState({
  owner,
  space,
  connected,
  onChoose,
}: {
  /** Null in the first view, which cannot be used yet. */
  owner: Owner | null;
  space: Space;
  connected: boolean;
  onChoose: (text: string) => void;
}) {
  return (
    <div className="flex flex-col gap-6 pt-[4vh] sm:pt-[9vh]">
      <div>
        <h2 className="text-2xl font-semibold tracking-tight">
          {texts.whatWouldYouLike(space.name)}
        </h2>
        <p className="mt-1.5 text-ink-soft">{texts.pagesAreLooked}</p>
      </div>
      {connected ? (
        <Suggestions spaceId={space.space_id} onChoose={onChoose} />
      ) : (
        <ReconnectCard
          space={space}
          problem={null}
          returnPath={spacePath(space.space_id, "chat")}
        />
      )}
      {/* Below what is there at once: nothing moves when they come. */}
      {owner && <FirstSteps owner={owner} space={space} isConnected={connected} />}
    </div>
  );
}

/** None where Notion cannot tell, so that the call is not made again for want of an answer. */
const recentPages = (path: string) =>
  ask<{ pages: FoundPage[] }>(path).catch(() => ({ pages: [] }));

/** Of the person's own pages, and such as hold anywhere. */
function Suggestions({ spaceId, onChoose }: { spaceId: string; onChoose: (text: string) => void }) {
  const { data, isLoading } = useSWR(spaceApi(spaceId, "/pages"), recentPages, {
    dedupingInterval: FRESH_MILLISECONDS,
    revalidateOnFocus: false,
    revalidateOnReconnect: false,
    shouldRetryOnError: false,
  });
  return (
    <ul aria-label={texts.suggestions} className="grid grid-cols-1 gap-2 sm:grid-cols-2">
      {[...suggestionsOf(data?.pages ?? []), ...OF_ANY_WORKSPACE].map(({ title, text }) => (
        <li key={text}>
          <button
            type="button"
            onClick={() => onChoose(text)}
            className="group flex h-full w-full items-start gap-3 rounded-xl border border-line bg-raised px-4 py-3 text-left text-sm transition-colors hover:border-line-strong hover:bg-hover/60"
          >
            <span className="min-w-0 flex-1">
              <span className="block font-medium">{title}</span>
              <span dir="auto" className="block truncate text-ink-soft">
                {withoutAddresses(text)}
              </span>
            </span>
            <ArrowUpRight
              className="mt-0.5 size-4 shrink-0 text-ink-faint group-hover:text-ink"
              aria-hidden="true"
            />
          </button>
        </li>
      ))}
      {isLoading &&
        Array.from({ length: MOST_OF_PAGES }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they hold places
          <li key={index} aria-hidden="true" className="h-16.5 rounded-xl border border-line" />
        ))}
    </ul>
  );
}
