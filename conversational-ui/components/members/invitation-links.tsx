"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { PersonRow } from "@/components/members/person-row";
import * as texts from "@/components/members/texts";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { InvitationLink, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

/** For owners: links by which somebody may still join. */
export function InvitationLinks({ space, links }: { space: Space; links: InvitationLink[] }) {
  const router = useRouter();
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const takeBack = ({ link_id }: InvitationLink) =>
    startTransition(async () => {
      setFault(undefined);
      const path = spaceApi(space.space_id, `/invitation-links/${encodeURIComponent(link_id)}`);
      const done = await callApi<void>(path, { method: "DELETE" });
      if (!done.ok) setFault(done.problem);
      else toast({ title: texts.nobodyCanJoinByThatLink });
      router.refresh();
    });
  return (
    <section aria-label={texts.invitationLinks} className="flex flex-col gap-3">
      <Card>
        <ul>
          {links.map((one) => (
            <PersonRow
              key={one.link_id}
              name={texts.aLinkForOnePerson}
              since={texts.madeByEnds(
                <Time at={one.made_at} />,
                one.made_by,
                <Time at={one.ends_at} />,
              )}
            >
              <Button
                variant="ghost"
                size="sm"
                disabled={pending}
                onClick={() => takeBack(one)}
                aria-label={texts.takeBackTheLink(one.made_by)}
              >
                {texts.takeBack}
              </Button>
            </PersonRow>
          ))}
        </ul>
      </Card>
      {fault && <Fault problem={fault} />}
    </section>
  );
}
