"use client";

import { Mail } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import { MailInvitationForm } from "@/components/members/mail-invitation-form";
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
import type { MailedInvitations, NewInvitationLink, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { joinPath, mailWith } from "@/lib/invitation-links";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

type Made = { kind: "link"; link: string } | { kind: "mail"; address: string };

/** Makes an invitation link: has it sent by e-mail where the gateway does that, or shows it once. */
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
  const [made, setMade] = useState<Made>();
  const close = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    setMade(undefined);
    if (made) router.refresh();
  };
  // What is shown only once is not lost by a click beside the dialog, or by Escape.
  const keep = (event: Event) => made?.kind === "link" && event.preventDefault();
  return (
    <Dialog open={open} onOpenChange={close}>
      <DialogContent onInteractOutside={keep} onEscapeKeyDown={keep}>
        {made === undefined ? (
          <Ways space={space} onMade={setMade} />
        ) : made.kind === "link" ? (
          <LinkShown link={made.link} space={space} onDone={() => close(false)} />
        ) : (
          <>
            <DialogHeader>
              <DialogTitle>The link is on its way</DialogTitle>
              <DialogDescription className="break-words">
                To {made.address}. Whoever opens it first may join; until then you can take it back.
              </DialogDescription>
            </DialogHeader>
            <DialogFooter>
              <Button onClick={() => close(false)}>Done</Button>
            </DialogFooter>
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

function Ways({ space, onMade }: { space: Space; onMade: (made: Made) => void }) {
  const path = spaceApi(space.space_id, "/invitation-mails");
  const { loaded, again } = useLoaded<MailedInvitations>(path);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const make = () =>
    startTransition(async () => {
      setFault(undefined);
      const made = await callApi<NewInvitationLink>(spaceApi(space.space_id, "/invitation-links"), {
        method: "POST",
      });
      if (!made.ok) setFault(made.problem);
      else {
        const link = location.origin + joinPath(space.space_id, made.value.secret);
        onMade({ kind: "link", link });
      }
    });
  return (
    <>
      <DialogHeader>
        <DialogTitle>Invite by a link</DialogTitle>
        <DialogDescription>
          Whoever opens it signs in and joins {space.name} as a member. It is for one person, and
          ends after seven days.
        </DialogDescription>
      </DialogHeader>
      <WhenLoaded loaded={loaded} again={again} waiting="Looking whether it can be sent by e-mail…">
        {({ domains }) =>
          domains.length === 0 ? (
            <p className="text-sm text-ink-soft">
              This gateway sends no e-mail to people you invite: make a link, and send it yourself.
            </p>
          ) : (
            <MailInvitationForm
              space={space}
              domains={domains}
              onSent={(address) => onMade({ kind: "mail", address })}
            />
          )
        }
      </WhenLoaded>
      {fault && <Fault problem={fault} className="mt-4" />}
      <DialogFooter>
        <Button
          variant={
            loaded.state === "ready" && loaded.value.domains.length > 0 ? "outline" : "primary"
          }
          busy={pending}
          onClick={make}
        >
          Make a link to copy
        </Button>
      </DialogFooter>
    </>
  );
}

function LinkShown({ link, space, onDone }: { link: string; space: Space; onDone: () => void }) {
  return (
    <>
      <DialogHeader>
        <DialogTitle>Copy the link now</DialogTitle>
        <DialogDescription>
          It is shown this once. Send it to one person alone: whoever opens it first may join.
        </DialogDescription>
      </DialogHeader>
      <div className="flex items-center gap-2 rounded-lg border border-line bg-surface py-1.5 pr-1.5 pl-3">
        <code data-testid="invitation-link" className="min-w-0 flex-1 text-xs break-all">
          {link}
        </code>
        <CopyButton text={link} />
      </div>
      <DialogFooter>
        <Button asChild variant="outline">
          <a href={mailWith(link, space.name)}>
            <Mail aria-hidden="true" />
            Write an e-mail
          </a>
        </Button>
        <Button onClick={onDone}>Done</Button>
      </DialogFooter>
    </>
  );
}
