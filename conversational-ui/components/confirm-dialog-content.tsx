"use client";

import { useRef, useState, useTransition } from "react";
import type { ConfirmDialogProps } from "@/components/confirm-dialog";
import { Fault } from "@/components/fault";
import * as texts from "@/components/opened-texts";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogHead,
} from "@/components/ui/dialog";
import type { Problem } from "@/lib/problems";

export default function ConfirmDialogContent({
  open,
  onOpenChange,
  title,
  description,
  children,
  confirm,
  takesOpenerAway = false,
  onConfirm,
}: ConfirmDialogProps) {
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const isOpenerGoing = useRef(false);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setFault(undefined);
        isOpenerGoing.current = false;
        onOpenChange(next);
      }}
    >
      <DialogContent isOpenerGoing={() => isOpenerGoing.current}>
        <DialogHead title={title}>{description}</DialogHead>
        {children}
        {fault && <Fault problem={fault} className="mt-4" />}
        <DialogFooter>
          <DialogClose asChild>
            <Button variant="outline">{texts.cancel}</Button>
          </DialogClose>
          <Button
            variant="danger"
            busy={pending}
            onClick={() =>
              startTransition(async () => {
                setFault(undefined);
                const done = await onConfirm();
                isOpenerGoing.current = done.ok && takesOpenerAway;
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
