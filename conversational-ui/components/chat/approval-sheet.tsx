"use client";

import { type ReactNode, useState } from "react";
import * as texts from "@/components/chat/opened-texts";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";

/**
 * What a person is asked about, from the bottom of a small screen, where a thumb reaches it. Closed,
 * it is opened again from its card: nothing is decided by that.
 */
export default function ApprovalSheet({
  title,
  isNext,
  children,
}: {
  title: string;
  /** The others wait until this one is decided. */
  isNext: boolean;
  children: ReactNode;
}) {
  const [isClosed, setIsClosed] = useState(false);
  return (
    <>
      <div className="border-t border-line bg-warn-wash/60 px-3.5 py-3">
        <Button size="sm" onClick={() => setIsClosed(false)} disabled={!isNext}>
          {texts.review}
        </Button>
      </div>
      <Dialog open={isNext && !isClosed} onOpenChange={(isOpen) => setIsClosed(!isOpen)}>
        <DialogContent
          from="bottom"
          className="text-sm"
          // A tap beside it is no answer, and Escape in a text leaves the text alone.
          onInteractOutside={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => {
            if (event.target instanceof HTMLTextAreaElement) event.preventDefault();
          }}
        >
          <div className="px-4 pt-4 pb-3 pr-12">
            <DialogTitle>{title}</DialogTitle>
            <DialogDescription>{texts.needsYourApproval}</DialogDescription>
          </div>
          {children}
        </DialogContent>
      </Dialog>
    </>
  );
}
