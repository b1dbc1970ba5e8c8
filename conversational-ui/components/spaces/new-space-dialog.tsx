"use client";

import { NewSpaceForm } from "@/components/spaces/new-space-form";
import * as texts from "@/components/spaces/opened-texts";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";

export function NewSpaceDialog({
  userId,
  open,
  onOpenChange,
}: {
  userId: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <DialogHead title={texts.newSpace}>{texts.aSpaceIsATeams}</DialogHead>
        <NewSpaceForm userId={userId} onDone={() => onOpenChange(false)} inDialog />
      </DialogContent>
    </Dialog>
  );
}
