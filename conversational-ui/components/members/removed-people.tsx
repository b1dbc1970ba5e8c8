"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import * as texts from "@/components/members/opened-texts";
import { pathOf } from "@/components/members/path-of";
import { PersonRow } from "@/components/members/person-row";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { Removal, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";

/** For owners: who was removed, and how they come back. */
export default function RemovedPeople({ space, removed }: { space: Space; removed: Removal[] }) {
  const router = useRouter();
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const invite = ({ user_id }: Removal) =>
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<unknown>(pathOf(space, user_id), {
        method: "PUT",
        body: { role: "member" },
      });
      if (!done.ok) setFault(done.problem);
      else toast({ title: texts.isInvited(user_id), detail: texts.theyAreBackOnce });
      router.refresh();
    });
  return (
    <section aria-labelledby="removed-title">
      <h2 id="removed-title" className="text-base font-semibold">
        {texts.removed(removed.length)}
      </h2>
      <p className="mt-1 text-sm text-ink-soft">{texts.theyStayOutUntil}</p>
      <Card className="mt-3">
        <ul>
          {removed.map((one) => (
            <PersonRow
              key={one.user_id}
              name={one.user_id}
              since={texts.removedBy(<Time at={one.removed_at} />, one.removed_by)}
            >
              <Button
                variant="ghost"
                size="sm"
                disabled={pending}
                aria-label={texts.inviteAgainNamed(one.user_id)}
                onClick={() => invite(one)}
              >
                {texts.inviteAgain}
              </Button>
            </PersonRow>
          ))}
        </ul>
      </Card>
      {fault && <Fault problem={fault} />}
    </section>
  );
}
