"use client";

import { Mail } from "lucide-react";
import { use, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { WhenLoaded } from "@/components/loaded";
import { MailInvitationForm } from "@/components/members/mail-invitation-form";
import * as texts from "@/components/members/opened-texts";
import { OnItsWay } from "@/components/on-its-way";
import { ShownOnceDialog } from "@/components/shown-once-dialog";
import { ShownSecret } from "@/components/shown-secret";
import { Button } from "@/components/ui/button";
import { DialogFooter, DialogHead } from "@/components/ui/dialog";
import type { MailedInvitations, NewInvitationLink, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { joinPath, mailWith } from "@/lib/invitation-links";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useLoaded } from "@/lib/use-loaded";

type Made = { kind: "link"; link: string } | { kind: "mail"; address: string };

/** Makes an invitation link: has it sent by e-mail where the gateway does that, or shows it once. */
export default function LinkDialog({ space, onClose }: { space: Space; onClose: () => void }) {
  return (
    <ShownOnceDialog<Made>
      open
      onOpenChange={(open) => !open && onClose()}
      title={texts.inviteByALink}
      description={texts.whoeverOpensItSigns(space.name)}
      form={(onMade) => <Ways space={space} onMade={onMade} />}
      shown={(made, onDone) =>
        made.kind === "link" ? (
          <LinkShown link={made.link} space={space} onDone={onDone} />
        ) : (
          <>
            <DialogHead title={texts.theLinkIsOnIts}>
              {texts.toWhoeverOpens(made.address)}
            </DialogHead>
            <DialogFooter>
              <Button onClick={onDone}>{texts.done}</Button>
            </DialogFooter>
          </>
        )
      }
      isSecret={(made) => made.kind === "link"}
    />
  );
}

function Ways({ space, onMade }: { space: Space; onMade: (made: Made) => void }) {
  const path = spaceApi(space.space_id, "/invitation-mails");
  const { loaded, again } = useLoaded<MailedInvitations>(path);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const tell = use(OnItsWay);
  const make = () =>
    startTransition(async () => {
      setFault(undefined);
      tell(true);
      const path = spaceApi(space.space_id, "/invitation-links");
      const made = await callApi<NewInvitationLink>(path, { method: "POST" }).finally(() =>
        tell(false),
      );
      if (!made.ok) setFault(made.problem);
      else {
        const link = location.origin + joinPath(space.space_id, made.value.secret);
        onMade({ kind: "link", link });
      }
    });
  return (
    <>
      <WhenLoaded loaded={loaded} again={again} waiting={texts.lookingWhetherItCan}>
        {({ domains }) =>
          domains.length === 0 ? (
            <p className="text-sm text-ink-soft">{texts.thisGatewaySends}</p>
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
          {texts.makeALinkToCopy}
        </Button>
      </DialogFooter>
    </>
  );
}

function LinkShown({ link, space, onDone }: { link: string; space: Space; onDone: () => void }) {
  return (
    <>
      <DialogHead title={texts.copyTheLinkNow}>{texts.itIsShownThisOnce}</DialogHead>
      <ShownSecret secret={link} testId="invitation-link" />
      <DialogFooter>
        <Button asChild variant="outline">
          <a href={mailWith(link, space.name)}>
            <Mail aria-hidden="true" />
            {texts.writeAnEMail}
          </a>
        </Button>
        <Button onClick={onDone}>{texts.done}</Button>
      </DialogFooter>
    </>
  );
}
