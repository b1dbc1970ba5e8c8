"use client";

import { Fault } from "@/components/fault";
import * as texts from "@/components/spaces/texts";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useRowAction } from "@/components/use-row-action";
import type { Invitation } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";

/** What the signed-in person is invited to; they accept or decline. */
export function Invitations({ invitations }: { invitations: Invitation[] }) {
  const { act, pending, fault } = useRowAction();
  const answer = (invitation: Invitation, accepts: boolean) => {
    const path = `/api/invitations/${encodeURIComponent(invitation.space_id)}`;
    act(() => callApi(path, { method: accepts ? "POST" : "DELETE" }), {
      title: accepts ? texts.youBelongToNow(invitation.name) : texts.youDeclined(invitation.name),
    });
  };
  return (
    <Card aria-label={texts.invitations}>
      <p className="border-b border-line px-5 py-3.5 text-sm text-ink-soft">
        {texts.youAreInvitedInSome}
      </p>
      <ul>
        {invitations.map((invitation) => (
          <li
            key={invitation.space_id}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3.5 last:border-0"
          >
            <div className="min-w-0 flex-1 basis-48">
              <p className="truncate text-sm font-medium">{invitation.name}</p>
              <p className="text-[0.8125rem] break-words text-ink-soft">
                {texts.invitesYouAs(
                  invitation.invited_by,
                  invitation.role === "owner" ? texts.anOwner : texts.aMember,
                  <Time at={invitation.invited_at} />,
                )}
              </p>
            </div>
            <div className="flex items-center gap-2">
              <Button
                size="sm"
                disabled={pending}
                aria-label={texts.acceptNamed(invitation.name)}
                onClick={() => answer(invitation, true)}
              >
                {texts.accept}
              </Button>
              <Button
                variant="ghost"
                size="sm"
                disabled={pending}
                aria-label={texts.declineNamed(invitation.name)}
                onClick={() => answer(invitation, false)}
              >
                {texts.decline}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {fault && (
        <div className="px-5 pb-4">
          <Fault problem={fault} />
        </div>
      )}
    </Card>
  );
}
