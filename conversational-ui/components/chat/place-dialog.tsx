"use client";

import { useState, useTransition } from "react";
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
import type { Owner } from "@/lib/chat/conversations";
import { chatProblem } from "@/lib/chat/failures";
import type { Place } from "@/lib/chat/place";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

interface Props {
  owner: Owner;
  /** How many are in this browser. */
  count: number;
  onClose: () => void;
  /** Some are elsewhere now, or new ones will be. */
  onChanged: () => void;
}

const conversations = (count: number) =>
  count === 1 ? "1 conversation" : `${count} conversations`;

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
      <DialogHead title="Keep conversations in this browser only?">
        New ones stay in this browser then: your other devices do not have them, and they cannot be
        shared.
      </DialogHead>
      <WhenLoaded loaded={loaded} again={again} waiting="Looking what the gateway keeps…">
        {(there) => (
          <p className="text-sm">
            {there.conversations.length === 0
              ? "The gateway keeps none of them."
              : `The gateway keeps ${conversations(there.conversations.length)}${there.before === null ? "" : " and more"} of yours. Left there, this browser does not list those that it has not got, until you keep them on all your devices again. Deleted there, they are copied into this browser first, and what you share of them ends.`}
          </p>
        )}
      </WhenLoaded>
      {fault && <Fault problem={fault} className="mt-4" />}
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="outline" disabled={pending}>
            Cancel
          </Button>
        </DialogClose>
        {loaded.state === "ready" && loaded.value.conversations.length > 0 ? (
          <>
            <Button variant="outline" disabled={pending} onClick={() => choose(false)}>
              Leave them there
            </Button>
            <Button variant="danger" busy={pending} onClick={() => choose(true)}>
              Delete them there
            </Button>
          </>
        ) : (
          <Button busy={pending} onClick={() => choose(false)}>
            Keep new ones here
          </Button>
        )}
      </DialogFooter>
    </>
  );
}

function Everywhere({ owner, count, onClose, onChanged }: Props) {
  const toast = useToast();
  const [sent, setSent] = useState<number>();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const send = () =>
    startTransition(async () => {
      setFault(undefined);
      const done = await keepEverywhere(owner, setSent).catch(() => null);
      onChanged();
      if (!done) return setFault(NOT_KEPT.problem);
      if (done.sent < done.all) {
        return setFault(done.problem ?? chatProblem("not_all_sent", 0));
      }
      toast({ title: `${conversations(done.all)} on all your devices now` });
      onClose();
    });
  return (
    <>
      <DialogHead title="Keep conversations on all your devices?">
        {conversations(count)} of this browser {count === 1 ? "is" : "are"} sent to the gateway,
        which keeps them sealed, for you alone. New ones are sent as they are held.
      </DialogHead>
      <p role="status" className="min-h-5 text-sm text-ink-soft">
        {sent !== undefined && `${sent} of ${count} sent.`}
      </p>
      {fault && <Fault problem={{ ...fault, hint: `${fault.hint} ${REST}` }} className="mt-4" />}
      <DialogFooter>
        <DialogClose asChild>
          <Button variant="outline" disabled={pending}>
            {fault ? "Close" : "Cancel"}
          </Button>
        </DialogClose>
        <Button busy={pending} onClick={send}>
          {fault ? "Try again" : `Send ${conversations(count)}`}
        </Button>
      </DialogFooter>
    </>
  );
}

const REST = "What was not sent stays in this browser, and goes with the next change of it.";

/** The browser's own store does not answer. */
const NOT_KEPT = { ok: false, problem: chatProblem("not_kept", 0) } as const;
