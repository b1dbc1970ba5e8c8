"use client";

import { NewSpaceForm } from "@/components/spaces/new-space-form";
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
        <DialogHead title="New space">
          A space is a team's area: its members share one connection to Notion. You will be its
          owner.
        </DialogHead>
        <NewSpaceForm userId={userId} onDone={() => onOpenChange(false)} inDialog />
      </DialogContent>
    </Dialog>
  );
}
