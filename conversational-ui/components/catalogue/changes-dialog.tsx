"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import type { CatalogueShown } from "@/components/catalogue/catalogue-button";
import { ChangeRow } from "@/components/catalogue/change-row";
import * as texts from "@/components/catalogue/opened-texts";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Checkbox } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { CatalogueChanges } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

/** What has changed in Notion's tools, in words; owners mark it as seen, of one's own oneself. */
export default function ChangesDialog({
  space,
  whose,
  version,
  unseen,
  isOn,
  onClose,
}: CatalogueShown & { onClose: () => void }) {
  const router = useRouter();
  const toast = useToast();
  const path = spaceApi(space.space_id, "/catalogue");
  const [all, setAll] = useState(unseen === 0);
  const [before, setBefore] = useState<number | null>(null);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const query = new URLSearchParams({ whose, unseen: String(!all) });
  if (before !== null) query.set("before", String(before));
  const { loaded, again } = useLoaded<CatalogueChanges>(`${path}/changes?${query}`);
  const isOwn = whose === "personal";

  const ask = (method: string, what: "seen" | "look", body?: unknown) =>
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<void>(`${path}/${what}?whose=${whose}`, { method, body });
      if (!done.ok) return setFault(done.problem);
      if (what === "look") {
        toast({
          title: texts.theGatewayLooks,
          detail: texts.withinAboutThree,
        });
        return;
      }
      toast({
        title: texts.markedAsSeen,
        detail: isOwn ? texts.theSpacesPolicy : texts.forThePolicyThese,
      });
      onClose();
      router.refresh();
    });

  return (
    <Dialog open onOpenChange={onClose}>
      <DialogContent className="flex max-h-[calc(100dvh-2rem)] max-w-2xl flex-col overflow-hidden p-0">
        <DialogHead className="mb-0 pt-5 pr-12 pl-5 sm:pt-6 sm:pl-6" title={texts.changesOfNotions}>
          {texts.modelsReadAndFollow}
        </DialogHead>
        <div className="border-b border-line px-5 pt-3 pb-4 sm:px-6">
          <Checkbox
            label={texts.showWhatWasSeen}
            checked={all}
            onChange={(event) => {
              setAll(event.target.checked);
              setBefore(null);
            }}
          />
        </div>
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard as well
          tabIndex={0}
          aria-label={texts.changes}
          className="min-h-0 flex-1 overflow-y-auto px-5 sm:px-6"
        >
          <WhenLoaded loaded={loaded} again={again} waiting={texts.readingWhatHas}>
            {(page) =>
              page.changes.length === 0 ? (
                <p className="py-6 text-sm text-ink-soft">
                  {all ? texts.nothingHasChanged : texts.allOfItWasSeen}
                </p>
              ) : (
                <>
                  <ol className="divide-y divide-line">
                    {page.changes.map((change) => (
                      <ChangeRow key={change.number} change={change} />
                    ))}
                  </ol>
                  <div className="flex gap-2 pb-4">
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
        </section>
        {(isOwn || space.role === "owner") && (
          <div className="flex flex-col gap-3 border-t border-line px-5 py-3.5 sm:px-6">
            {fault && <Fault problem={fault} />}
            <div className="flex flex-wrap justify-end gap-2">
              {isOn && (
                <Button variant="outline" disabled={pending} onClick={() => ask("POST", "look")}>
                  {texts.lookAgain}
                </Button>
              )}
              <Button
                busy={pending}
                disabled={unseen === 0}
                onClick={() => ask("PUT", "seen", { version })}
              >
                {texts.markAsSeen}
              </Button>
            </div>
          </div>
        )}
      </DialogContent>
    </Dialog>
  );
}
