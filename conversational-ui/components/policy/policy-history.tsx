"use client";

import { useState } from "react";
import { WhenLoaded } from "@/components/loaded";
import * as texts from "@/components/policy/opened-texts";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import type { PolicyHistory as History, Space } from "@/lib/api-types";
import type { PolicyDocument } from "@/lib/policy-document";
import { changeWords } from "@/lib/policy-words";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

/** Who changed what when, the newest first. */
export function PolicyHistory({ space }: { space: Space }) {
  const [before, setBefore] = useState<number | null>(null);
  const path = spaceApi(space.space_id, "/policy/events");
  const { loaded, again } = useLoaded<History>(before === null ? path : `${path}?before=${before}`);
  return (
    <div className="py-4">
      <WhenLoaded loaded={loaded} again={again} waiting={texts.readingTheHistory}>
        {(page) =>
          page.events.length === 0 ? (
            <p className="text-sm text-ink-soft">{texts.thereNeverWasAPolicy}</p>
          ) : (
            <>
              <ol className="divide-y divide-line">
                {changes(page).map(({ version, at, by, words }) => (
                  <li key={version} className="py-3 text-sm first:pt-0">
                    <p className="text-[0.8125rem] text-ink-soft">
                      <span className="font-medium text-ink">{by ?? texts.somebody}</span>
                      {at && (
                        <>
                          , <Time at={at} />
                        </>
                      )}
                    </p>
                    <ul>
                      {words.map((one) => (
                        <li key={one} className="break-words">
                          {one}.
                        </li>
                      ))}
                    </ul>
                  </li>
                ))}
              </ol>
              <div className="mt-3 flex gap-2">
                {before !== null && (
                  <Button variant="outline" size="sm" onClick={() => setBefore(null)}>
                    {texts.newest}
                  </Button>
                )}
                {page.before !== null && (
                  <Button variant="outline" size="sm" onClick={() => setBefore(page.before)}>
                    {texts.earlier}
                  </Button>
                )}
              </div>
            </>
          )
        }
      </WhenLoaded>
    </div>
  );
}

/** What each changed is told by the one before; of the first of a later page that is not known. */
function changes({ events, before }: History) {
  return events
    .map(({ version, at, by, policy }, index) => {
      const now = (policy ?? null) as PolicyDocument | null;
      const earlier = (events[index - 1]?.policy ?? null) as PolicyDocument | null;
      const isCut = index === 0 && before !== null;
      return {
        version,
        at: at ?? null,
        by: by ?? null,
        words: isCut ? [texts.thePolicyWasChanged] : changeWords(earlier, now),
      };
    })
    .reverse();
}
