"use client";

import { Fault } from "@/components/fault";
import { pathOf } from "@/components/members/path-of";
import { PersonRow } from "@/components/members/person-row";
import * as texts from "@/components/members/texts";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useRowAction } from "@/components/use-row-action";
import type { Invited, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";

/** Who is asked to join and has not answered; an owner can take it back. */
export function InvitedPeople({ space, invitations }: { space: Space; invitations: Invited[] }) {
  const { act, pending, fault } = useRowAction();
  const takeBack = ({ user_id }: Invited) =>
    act(() => callApi(pathOf(space, user_id), { method: "DELETE" }), {
      title: texts.isNotInvitedAny(user_id),
    });
  return (
    <section aria-labelledby="invited-title">
      <h2 id="invited-title" className="text-base font-semibold">
        {texts.invited(invitations.length)}
      </h2>
      <p className="mt-1 text-sm text-ink-soft">{texts.theyHaveNoAccess}</p>
      <Card className="mt-3">
        <ul>
          {invitations.map((one) => (
            <PersonRow
              key={one.user_id}
              name={one.user_id}
              since={texts.invitedBy(<Time at={one.invited_at} />, one.invited_by)}
            >
              <div className="flex items-center gap-2">
                <Badge>{one.role === "owner" ? texts.owner : texts.member}</Badge>
                {space.role === "owner" && (
                  <Button
                    variant="ghost"
                    size="sm"
                    disabled={pending}
                    aria-label={texts.takeBackTheInvitation(one.user_id)}
                    onClick={() => takeBack(one)}
                  >
                    {texts.takeBack}
                  </Button>
                )}
              </div>
            </PersonRow>
          ))}
        </ul>
      </Card>
      {fault && <Fault problem={fault} />}
    </section>
  );
}
