"use client";

import { useTransition } from "react";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
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
  const one = count === 1;
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent>
        <DialogHeader>
          <DialogTitle>
            {one ? "1 conversation stays" : `${count} conversations stay`} in this browser
          </DialogTitle>
          <DialogDescription>
            {one ? "It is" : "They are"} kept in this browser only, or could not be sent to the
            gateway as {one ? "it is" : "they are"} here. Left here, you find {one ? "it" : "them"}{" "}
            when you sign in again, and whoever uses this computer can read {one ? "it" : "them"}.
            All other conversations and what you have not sent go from this browser.
          </DialogDescription>
        </DialogHeader>
        <DialogFooter>
          <DialogClose asChild>
            <Button variant="outline" disabled={pending}>
              Stay signed in
            </Button>
          </DialogClose>
          <Button variant="danger" disabled={pending} onClick={() => signOut(true)}>
            Delete {one ? "it" : "them"} and sign out
          </Button>
          <Button busy={pending} onClick={() => signOut(false)}>
            Leave {one ? "it" : "them"} and sign out
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
