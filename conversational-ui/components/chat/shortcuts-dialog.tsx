"use client";

import { Fragment } from "react";
import * as texts from "@/components/chat/opened-texts";
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";
import { SHORTCUTS } from "@/lib/chat/shortcuts";

/** What can be done with the keyboard. */
export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const isMac = /mac|iphone|ipad/i.test(navigator.userAgent);
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent aria-describedby={undefined}>
        <DialogTitle>{texts.keyboardShortcuts}</DialogTitle>
        <dl className="mt-4 grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2.5 text-sm">
          {SHORTCUTS.map(([keys, what]) => (
            <Fragment key={what}>
              <dt className="flex gap-1">
                {keys.map((key) => (
                  <kbd
                    key={key}
                    className="rounded-md border border-line bg-surface px-1.5 py-0.5 text-xs"
                  >
                    {key === "Ctrl" && isMac ? "⌘" : key}
                  </kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </Fragment>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  );
}
