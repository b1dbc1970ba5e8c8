"use client";

import { useEffect, useState, useTransition } from "react";
import * as texts from "@/components/chat/opened-texts";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogHead,
} from "@/components/ui/dialog";
import { useToast } from "@/components/ui/toast";
import type { KeptConversations } from "@/lib/api-types";
import { keepEverywhere, keepHereOnly } from "@/lib/chat/change-place";
import { listConversations, type Owner } from "@/lib/chat/conversations";
import { chatProblem } from "@/lib/chat/failures";
import type { Place } from "@/lib/chat/place";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

interface Props {
  owner: Owner;
  onClose: () => void;
  /** Some are elsewhere now, or new ones will be. */
  onChanged: () => void;
}

/** Asks what becomes of the conversations that were kept before, when new ones are kept elsewhere. */
export default function PlaceDialog({ to, ...props }: Props & { to: Place }) {
  return (
    <Dialog open onOpenChange={(open) => open || props.onClose()}>
      <DialogContent>
        {to === "browser" ? <HereOnly {...props} /> : <Everywhere {...props} />}
      </DialogContent>
    </Dialog>
  );
}

function HereOnly({ owner, onClose, onChanged }: Props) {
  const { loaded, again } = useLoaded<KeptConversations>(spaceApi(owner.spaceId, "/conversations"));
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const choose = (isDeleted: boolean) =>
    startTransition(async () => {
      setFault(undefined);
      const done = await keepHereOnly(owner, isDeleted).catch(() => NOT_KEPT);
      if (!done.ok) return setFault(done.problem);
      onChanged();
      onClose();
    });
  return (
    <>
      <DialogHead title={texts.keepConversationsHereOnly}>{texts.newOnesStayInThis}</DialogHead>
      <WhenLoaded loaded={loaded} again={again} waiting={texts.lookingWhatTheGatewayKeeps}>
        {(there) => (
          <p className="text-sm">
            {there.conversations.length === 0
              ? texts.theGatewayKeepsNone
              : texts.theGatewayKeeps(there.conversations.length, there.before !== null)}
          </p>
        )}
      </WhenLoaded>
      {fault && <Fault problem={fault} className="mt-4" />}
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="outline" disabled={pending}>
            {texts.cancel}
          </Button>
        </DialogClose>
        {loaded.state === "ready" && loaded.value.conversations.length > 0 ? (
          <>
            <Button variant="outline" disabled={pending} onClick={() => choose(false)}>
              {texts.leaveThemThere}
            </Button>
            <Button variant="danger" busy={pending} onClick={() => choose(true)}>
              {texts.deleteThemThere}
            </Button>
          </>
        ) : (
          <Button busy={pending} onClick={() => choose(false)}>
            {texts.keepNewOnesHere}
          </Button>
        )}
      </DialogFooter>
    </>
  );
}

function Everywhere({ owner, onClose, onChanged }: Props) {
  const toast = useToast();
  const [count, setCount] = useState<number>();
  const [sent, setSent] = useState<number>();
  const [fault, setFault] = useState<Problem>();
  // All of them, whatever the list is searched for.
  useEffect(() => {
    listConversations(owner).then(
      (heads) => setCount(heads.length),
      () => setFault(NOT_KEPT.problem),
    );
  }, [owner]);
  const [pending, startTransition] = useTransition();
  const send = () =>
    startTransition(async () => {
      setFault(undefined);
      const done = await keepEverywhere(owner, (now, all) => {
        setSent(now);
        setCount(all);
      }).catch(() => null);
      onChanged();
      if (!done) return setFault(NOT_KEPT.problem);
      if (done.sent < done.all) {
        return setFault(done.problem ?? chatProblem("not_all_sent", 0));
      }
      toast({ title: texts.onAllYourDevicesNow(done.all) });
      onClose();
    });
  return (
    <>
      <DialogHead title={texts.keepConversationsEverywhere}>
        {count !== undefined && texts.theyAreSentToTheGateway(count)}
      </DialogHead>
      <p role="status" className="min-h-5 text-sm text-ink-soft">
        {sent !== undefined && count !== undefined && texts.ofThemSent(sent, count)}
      </p>
      {fault && (
        <Fault
          problem={{ ...fault, hint: `${fault.hint} ${texts.whatWasNotSent}` }}
          className="mt-4"
        />
      )}
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="outline" disabled={pending}>
            {fault ? texts.close : texts.cancel}
          </Button>
        </DialogClose>
        {(fault || count !== undefined) && (
          <Button busy={pending} onClick={send}>
            {fault ? texts.tryAgain : texts.sendConversations(count ?? 0)}
          </Button>
        )}
      </DialogFooter>
    </>
  );
}

/** The browser's own store does not answer. */
const NOT_KEPT = { ok: false, problem: chatProblem("not_kept", 0) } as const;
