"use client";

import { Fault } from "@/components/fault";
import { PersonRow } from "@/components/members/person-row";
import * as texts from "@/components/members/texts";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useRowAction } from "@/components/use-row-action";
import type { InvitationLink, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { spaceApi } from "@/lib/space-paths";

/** For owners: links by which somebody may still join. */
export function InvitationLinks({ space, links }: { space: Space; links: InvitationLink[] }) {
  const { act, pending, fault } = useRowAction();
  const takeBack = ({ link_id }: InvitationLink) => {
    const path = spaceApi(space.space_id, `/invitation-links/${encodeURIComponent(link_id)}`);
    act(() => callApi(path, { method: "DELETE" }), { title: texts.nobodyCanJoinByThatLink });
  };
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
