"use client";

import * as texts from "@/components/shell/opened-texts";
import { SidebarBody, type SidebarProps } from "@/components/shell/sidebar";
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";

/** The sidebar of small screens. */
export default function Drawer({
  open,
  onOpenChange,
  ...props
}: SidebarProps & { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent from="left" aria-describedby={undefined} className="flex flex-col bg-surface">
        <DialogTitle className="sr-only">{texts.menu}</DialogTitle>
        <SidebarBody {...props} drawer />
      </DialogContent>
    </Dialog>
  );
}
