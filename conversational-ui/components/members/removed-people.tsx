"use client";

import { Fault } from "@/components/fault";
import * as texts from "@/components/members/opened-texts";
import { pathOf } from "@/components/members/path-of";
import { PersonRow } from "@/components/members/person-row";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useRowAction } from "@/components/use-row-action";
import type { Removal, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";

/** For owners: who was removed, and how they come back. */
export default function RemovedPeople({ space, removed }: { space: Space; removed: Removal[] }) {
  const { act, pending, fault } = useRowAction();
  const invite = ({ user_id }: Removal) =>
    act(() => callApi(pathOf(space, user_id), { method: "PUT", body: { role: "member" } }), {
      title: texts.isInvited(user_id),
      detail: texts.theyAreBackOnce,
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
