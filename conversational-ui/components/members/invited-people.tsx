"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { pathOf } from "@/components/members/path-of";
import { PersonRow } from "@/components/members/person-row";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { Invited, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";

/** Who is asked to join and has not answered; an owner can take it back. */
export function InvitedPeople({ space, invitations }: { space: Space; invitations: Invited[] }) {
  const router = useRouter();
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const takeBack = ({ user_id }: Invited) =>
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<void>(pathOf(space, user_id), { method: "DELETE" });
      if (!done.ok) setFault(done.problem);
      else toast({ title: `${user_id} is not invited any more` });
      router.refresh();
    });
  return (
    <section aria-labelledby="invited-title">
      <h2 id="invited-title" className="text-base font-semibold">
        {invitations.length} invited
      </h2>
      <p className="mt-1 text-sm text-ink-soft">They have no access until they accept.</p>
      <Card className="mt-3">
        <ul>
          {invitations.map((one) => (
            <PersonRow
              key={one.user_id}
              name={one.user_id}
              since={
                <>
                  Invited <Time at={one.invited_at} />, by {one.invited_by}
                </>
              }
            >
              <div className="flex items-center gap-2">
                <Badge>{one.role === "owner" ? "Owner" : "Member"}</Badge>
                {space.role === "owner" && (
                  <Button
                    variant="ghost"
                    size="sm"
                    disabled={pending}
                    aria-label={`Take back the invitation of ${one.user_id}`}
                    onClick={() => takeBack(one)}
                  >
                    Take back
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
