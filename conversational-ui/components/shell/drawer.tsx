"use client";

import { type Go, SidebarBody, type SidebarProps } from "@/components/shell/sidebar";
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";

/** The sidebar of small screens. */
export default function Drawer({
  onGo,
  open,
  onOpenChange,
  ...props
}: SidebarProps & { onGo: Go; open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent side aria-describedby={undefined} className="flex flex-col bg-surface">
        <DialogTitle className="sr-only">Menu</DialogTitle>
        <SidebarBody {...props} onGo={onGo} drawer />
      </DialogContent>
    </Dialog>
  );
}
