"use client";

import { Link2, UserPlus } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import * as texts from "@/components/members/texts";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { Invited, Member, Space } from "@/lib/api-types";

const InviteDialog = dynamic(() => import("@/components/members/invite-dialog"));
const LinkDialog = dynamic(() => import("@/components/members/link-dialog"));

/** For owners: the two ways in which they ask somebody to join. */
export function InvitePeople({
  space,
  members,
  invitations,
}: {
  space: Space;
  members: Member[];
  invitations: Invited[];
}) {
  const [opened, setOpened] = useState<"invite" | "link">();
  const close = () => setOpened(undefined);
  return (
    <Card className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 p-5">
      <p className="min-w-0 flex-1 basis-64 text-sm text-ink-soft">{texts.inviteSomebodyByTheir}</p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setOpened("invite")}>
          <UserPlus aria-hidden="true" />
          {texts.invite}
        </Button>
        <Button variant="outline" onClick={() => setOpened("link")}>
          <Link2 aria-hidden="true" />
          {texts.sendALink}
        </Button>
      </div>
      {opened === "invite" && (
        <InviteDialog space={space} members={members} invitations={invitations} onClose={close} />
      )}
      {opened === "link" && <LinkDialog space={space} onClose={close} />}
    </Card>
  );
}
