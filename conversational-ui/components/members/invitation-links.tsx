"use client";

import { Link2 } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { Time } from "@/components/time";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { InvitationLink, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";
import { useWas } from "@/lib/use-was";

const LinkDialog = dynamic(() => import("@/components/members/link-dialog"));

/** For owners: links by which somebody may join whose account name they do not know. */
export function InvitationLinks({ space, links }: { space: Space; links: InvitationLink[] }) {
  const router = useRouter();
  const toast = useToast();
  const [making, setMaking] = useState(false);
  const wasMaking = useWas(making);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const takeBack = ({ link_id }: InvitationLink) =>
    startTransition(async () => {
      setFault(undefined);
      const path = spaceApi(space.space_id, `/invitation-links/${encodeURIComponent(link_id)}`);
      const done = await callApi<void>(path, { method: "DELETE" });
      if (!done.ok) setFault(done.problem);
      else toast({ title: "Nobody can join by that link any more" });
      router.refresh();
    });
  return (
    <section aria-label="Invitation links" className="flex flex-col gap-3">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-2 text-sm text-ink-soft">
        You do not know somebody's account name?
        <Button variant="outline" size="sm" onClick={() => setMaking(true)}>
          <Link2 aria-hidden="true" />
          Send a link…
        </Button>
      </p>
      {links.length > 0 && (
        <Card>
          <ul>
            {links.map((one) => (
              <li
                key={one.link_id}
                className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3.5 last:border-0"
              >
                <div className="min-w-0 flex-1 basis-40">
                  <p className="text-sm font-medium">A link for one person</p>
                  <p className="text-[0.8125rem] text-ink-soft">
                    Made <Time at={one.made_at} /> by {one.made_by}, ends <Time at={one.ends_at} />
                  </p>
                </div>
                <Button
                  variant="ghost"
                  size="sm"
                  disabled={pending}
                  onClick={() => takeBack(one)}
                  aria-label={`Take back the link that ${one.made_by} made`}
                >
                  Take back
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      {fault && <Fault problem={fault} />}
      {wasMaking && <LinkDialog space={space} open={making} onOpenChange={setMaking} />}
    </section>
  );
}
