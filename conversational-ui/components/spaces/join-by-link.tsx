"use client";

import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import * as texts from "@/components/spaces/texts";
import { Button } from "@/components/ui/button";
import { Card, CardContent } from "@/components/ui/card";
import { useToast } from "@/components/ui/toast";
import type { InvitationLinkBody, LinkedSpace } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { forgetSecret, JOINING_WORDS } from "@/lib/invitation-links";
import type { Problem } from "@/lib/problems";
import { spacePath } from "@/lib/space-paths";

/** Who invites, to which space, and what that means; the person says yes, or leaves. */
export function JoinByLink({
  link,
  found,
  userId,
}: {
  link: InvitationLinkBody;
  found: LinkedSpace;
  userId: string;
}) {
  const router = useRouter();
  const toast = useToast();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const join = () =>
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<unknown>("/api/invitation-links", { method: "POST", body: link });
      if (!done.ok) {
        setFault(done.problem);
        return;
      }
      forgetSecret(link.space_id);
      toast({ title: texts.youBelongToNowFound(found.name) });
      router.push(spacePath(found.space_id, "chat"));
      router.refresh();
    });
  return (
    <Card>
      <CardContent>
        <h2 className="text-base font-semibold">{found.name}</h2>
        {found.kept_out ? (
          <p className="mt-1 text-sm text-ink-soft">
            {texts.youWereRemoved(found.invited_by, <b>{userId}</b>)}
          </p>
        ) : (
          <>
            <p className="mt-1 text-sm text-ink-soft">
              {texts.invitesYouAsAMember(found.invited_by, JOINING_WORDS[found.mode])}
            </p>
            <Button className="mt-4" busy={pending} onClick={join}>
              {texts.join(found.name)}
            </Button>
          </>
        )}
        {fault && <Fault problem={fault} className="mt-4" />}
      </CardContent>
    </Card>
  );
}
