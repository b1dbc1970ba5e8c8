"use client";

import { Mail } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import type { NewInvitationLink, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { joinPath, mailWith } from "@/lib/invitation-links";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

/** Makes an invitation link, and shows it this once. */
export default function LinkDialog({
  space,
  open,
  onOpenChange,
}: {
  space: Space;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const router = useRouter();
  const [link, setLink] = useState<string>();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const close = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    setFault(undefined);
    setLink(undefined);
    if (link) router.refresh();
  };
  // What is shown only once is not lost by a click beside the dialog, or by Escape.
  const keep = (event: Event) => link && event.preventDefault();
  const make = () =>
    startTransition(async () => {
      setFault(undefined);
      const made = await callApi<NewInvitationLink>(spaceApi(space.space_id, "/invitation-links"), {
        method: "POST",
      });
      if (made.ok) setLink(location.origin + joinPath(space.space_id, made.value.secret));
      else setFault(made.problem);
    });
  return (
    <Dialog open={open} onOpenChange={close}>
      <DialogContent onInteractOutside={keep} onEscapeKeyDown={keep}>
        <DialogHeader>
          <DialogTitle>{link ? "Copy the link now" : "Invite by a link"}</DialogTitle>
          <DialogDescription>
            {link
              ? "It is shown this once. Send it to one person alone: whoever opens it first may join."
              : `Whoever opens it signs in and joins ${space.name} as a member. It is for one person, and ends after seven days.`}
          </DialogDescription>
        </DialogHeader>
        {link && (
          <div className="flex items-center gap-2 rounded-lg border border-line bg-surface py-1.5 pr-1.5 pl-3">
            <code data-testid="invitation-link" className="min-w-0 flex-1 text-xs break-all">
              {link}
            </code>
            <CopyButton text={link} />
          </div>
        )}
        {fault && <Fault problem={fault} />}
        <DialogFooter>
          {link ? (
            <>
              <Button asChild variant="outline">
                <a href={mailWith(link, space.name)}>
                  <Mail aria-hidden="true" />
                  Write an e-mail
                </a>
              </Button>
              <Button onClick={() => close(false)}>Done</Button>
            </>
          ) : (
            <Button busy={pending} onClick={make}>
              Make a link
            </Button>
          )}
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
