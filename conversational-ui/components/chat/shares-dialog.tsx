"use client";

import { useState, useTransition } from "react";
import * as texts from "@/components/chat/opened-texts";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import { PageLink } from "@/components/shell/going";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import type { OwnShare } from "@/lib/api-types";
import type { Owner } from "@/lib/chat/conversations";
import { endShare, sharesApi } from "@/lib/chat/sharing";
import type { Problem } from "@/lib/problems";
import { sharedPath } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

/** What the person shares with the space, and a way to end each. */
export default function SharesDialog({ owner, onClose }: { owner: Owner; onClose: () => void }) {
  const { loaded, again } = useLoaded<{ shares: OwnShare[] }>(sharesApi(owner));
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<Problem>();
  const [ending, setEnding] = useState<string>();
  const [pending, startTransition] = useTransition();
  const end = ({ conversation_id, title }: OwnShare) => {
    setEnding(conversation_id);
    startTransition(async () => {
      setFault(undefined);
      const outcome = await endShare(owner, conversation_id);
      if (!outcome.ok) return setFault(outcome.problem);
      setSaid(texts.isNotSharedAny(title));
      again();
    });
  };
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent>
        <DialogHead title={texts.whatIShareWithTheSpace}>{texts.membersOfThisSpaceWho}</DialogHead>
        <WhenLoaded loaded={loaded} again={again} waiting={texts.lookingWhatYouShare}>
          {({ shares }) =>
            shares.length === 0 ? (
              <p className="text-sm text-ink-soft">{texts.youShareNothing}</p>
            ) : (
              <ul aria-label={texts.sharedConversations} className="divide-y divide-line">
                {shares.map((share) => (
                  <li key={share.share_id} className="flex items-center gap-3 py-2.5 text-sm">
                    <span className="min-w-0 flex-1">
                      <PageLink
                        href={sharedPath(owner.spaceId, share.share_id)}
                        name={share.title}
                        prefetch={false}
                        dir="auto"
                        className="block truncate font-medium underline decoration-line-strong underline-offset-3 hover:decoration-ink"
                      >
                        {share.title}
                      </PageLink>
                      <span className="text-ink-soft">
                        {texts.asItWasSharedAt(<Time at={share.shared_at} now />)}
                      </span>
                    </span>
                    <Button
                      variant="outline"
                      size="sm"
                      aria-label={texts.stopSharingShare(share.title)}
                      busy={pending && ending === share.conversation_id}
                      disabled={pending}
                      onClick={() => end(share)}
                    >
                      {texts.stopSharing}
                    </Button>
                  </li>
                ))}
              </ul>
            )
          }
        </WhenLoaded>
        {fault && <Fault problem={fault} className="mt-4" />}
        <p role="status" className="mt-3 min-h-5 text-sm break-words text-ink-soft">
          {said}
        </p>
      </DialogContent>
    </Dialog>
  );
}
