"use client";

import { useTransition } from "react";
import * as texts from "@/components/shell/opened-texts";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogHead,
} from "@/components/ui/dialog";

/** Conversations would stay in this browser: says so before somebody signs out. */
export default function SignOutDialog({
  count,
  onClose,
  onSignOut,
}: {
  count: number;
  onClose: () => void;
  onSignOut: (isAll: boolean) => Promise<void>;
}) {
  const [pending, startTransition] = useTransition();
  const signOut = (isAll: boolean) => startTransition(() => onSignOut(isAll));
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent>
        <DialogHead title={texts.conversationsStay(count)}>{texts.whatBecomesOf(count)}</DialogHead>
        <DialogFooter>
          <DialogClose asChild>
            <Button variant="outline" disabled={pending}>
              {texts.staySignedIn}
            </Button>
          </DialogClose>
          <Button variant="danger" disabled={pending} onClick={() => signOut(true)}>
            {texts.deleteAndSignOut(count)}
          </Button>
          <Button busy={pending} onClick={() => signOut(false)}>
            {texts.leaveAndSignOut(count)}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
