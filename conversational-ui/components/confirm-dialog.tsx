"use client";

import { type ReactNode, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
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
import type { Outcome } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";

/** Asks before something that cannot be taken back, and says what will be gone. */
export function ConfirmDialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  confirm,
  onConfirm,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description: string;
  children?: ReactNode;
  confirm: string;
  onConfirm: () => Promise<Outcome<unknown>>;
}) {
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setFault(undefined);
        onOpenChange(next);
      }}
    >
      <DialogContent>
        <DialogHeader>
          <DialogTitle>{title}</DialogTitle>
          <DialogDescription>{description}</DialogDescription>
        </DialogHeader>
        {children}
        {fault && <Fault problem={fault} className="mt-4" />}
        <DialogFooter>
          <DialogClose asChild>
            <Button variant="outline">Cancel</Button>
          </DialogClose>
          <Button
            variant="danger"
            busy={pending}
            onClick={() =>
              startTransition(async () => {
                setFault(undefined);
                const done = await onConfirm();
                if (done.ok) onOpenChange(false);
                else setFault(done.problem);
              })
            }
          >
            {confirm}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
