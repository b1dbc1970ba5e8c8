"use client";

import { useState, useTransition } from "react";
import * as texts from "@/components/chat/opened-texts";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import type { Share } from "@/lib/api-types";
import type { Outcome } from "@/lib/call-api";
import type { Owner } from "@/lib/chat/conversations";
import { chosenPlace } from "@/lib/chat/place";
import { endShare, share, shareApi } from "@/lib/chat/sharing";
import type { Problem } from "@/lib/problems";
import { sharedPath } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

/** A link to a conversation, for the other members of its space. */
export default function ShareDialog({
  owner,
  id,
  title,
  onClose,
}: {
  owner: Owner;
  id: string;
  title: string;
  onClose: () => void;
}) {
  const isHereOnly = chosenPlace(owner) === "browser";
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent>
        <DialogHead title={texts.shareWithTheSpace}>{texts.membersOfThisSpace(title)}</DialogHead>
        {isHereOnly ? (
          <p className="text-sm">{texts.youKeepYourConversations}</p>
        ) : (
          <Sharing owner={owner} id={id} />
        )}
      </DialogContent>
    </Dialog>
  );
}

function Sharing({ owner, id }: { owner: Owner; id: string }) {
  const { loaded, again } = useLoaded<Share | null>(shareApi(owner, id));
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const change = (by: () => Promise<Outcome<unknown>>, done: string) =>
    startTransition(async () => {
      setFault(undefined);
      const outcome = await by();
      if (!outcome.ok) return setFault(outcome.problem);
      setSaid(done);
      again();
    });
  const shareNow = (done: string) => change(() => share(owner, id), done);
  return (
    <>
      <WhenLoaded loaded={loaded} again={again} waiting={texts.lookingWhetherItIsShared}>
        {(shared) =>
          shared === null ? (
            <Button busy={pending} onClick={() => shareNow(texts.itIsSharedNow)}>
              {texts.createLink}
            </Button>
          ) : (
            <>
              <Link at={`${location.origin}${sharedPath(owner.spaceId, shared.share_id)}`} />
              <p className="mt-3 text-sm text-ink-soft">
                {texts.sharedAsItWasOwners(<Time at={shared.shared_at} now />)}
              </p>
              <div className="mt-4 flex flex-wrap gap-2">
                <Button
                  variant="outline"
                  busy={pending}
                  onClick={() => shareNow(texts.theLinkShowsWhat)}
                >
                  {texts.shareWhatIsThere}
                </Button>
                <Button
                  variant="outline"
                  disabled={pending}
                  onClick={() => change(() => endShare(owner, id), texts.itIsNotSharedAny)}
                >
                  {texts.stopSharing}
                </Button>
              </div>
            </>
          )
        }
      </WhenLoaded>
      {fault && <Fault problem={fault} className="mt-4" />}
      <p role="status" className="mt-3 min-h-5 text-sm text-ink-soft">
        {said}
      </p>
    </>
  );
}

function Link({ at }: { at: string }) {
  return (
    <div className="flex gap-2">
      <Input
        readOnly
        aria-label={texts.link}
        value={at}
        onFocus={(event) => event.currentTarget.select()}
        className="min-w-0 flex-1"
      />
      <CopyButton text={at} label={texts.copyLink} className="h-9!" />
    </div>
  );
}
