"use client";

import * as texts from "@/components/chat/opened-texts";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogHead,
} from "@/components/ui/dialog";

/** Says where a link leads before it is followed. */
export default function LeaveDialog({
  address,
  host,
  open,
  onOpenChange,
}: {
  address: string;
  host: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <DialogHead title={texts.thisLeadsToNot(host)}>
          {texts.whoeverWroteThePage}
          {host.endsWith(".notion.site") && texts.anybodyCanPublish}
        </DialogHead>
        <p
          dir="ltr"
          className="line-clamp-6 rounded-lg border border-line bg-surface px-3 py-2 font-mono text-xs break-all"
        >
          {address}
        </p>
        <DialogFooter>
          <DialogClose asChild>
            <Button variant="outline">{texts.stay}</Button>
          </DialogClose>
          <Button asChild>
            <a
              href={address}
              target="_blank"
              rel="noopener noreferrer"
              onClick={() => onOpenChange(false)}
            >
              {texts.open}
              <span className="sr-only">{texts.newTab}</span>
            </a>
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
