"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Fault } from "@/components/fault";
import { InvitationLinks } from "@/components/members/invitation-links";
import { InvitePeople } from "@/components/members/invite-people";
import { InvitedPeople } from "@/components/members/invited-people";
import { pathOf } from "@/components/members/path-of";
import * as texts from "@/components/members/texts";
import { nameOf, throughWhom } from "@/components/members/through-whom";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type {
  InvitationLink,
  Invited,
  Member,
  MemberChange,
  Removal,
  Role,
  Space,
} from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import type { Problem } from "@/lib/problems";
import { isSoleOwner } from "@/lib/space-end";
import { useWas } from "@/lib/use-was";

const HandOverDialog = dynamic(() => import("@/components/members/hand-over-dialog"));
const RemovedPeople = dynamic(() => import("@/components/members/removed-people"));

/** Who belongs to the space, and for its owners: who else shall. */
export function Members({
  space,
  members,
  invitations,
  links,
  kept_out = [],
  userId,
}: {
  space: Space;
  members: Member[];
  invitations: Invited[];
  links: InvitationLink[];
  kept_out?: Removal[];
  userId: string;
}) {
  const router = useRouter();
  const toast = useToast();
  const [removing, setRemoving] = useState<Member>();
  const [handingOver, setHandingOver] = useState<"leaving" | "handing">();
  const wasHandingOver = useWas(handingOver !== undefined);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const isOwner = space.role === "owner";
  const self = removing?.user_id === userId;

  const removed = kept_out.filter(
    ({ user_id }) => !invitations.some((one) => one.user_id === user_id),
  );
  const byWord = members.some((member) => member.issuer);

  const change = (member: Member, body: MemberChange, done: string) =>
    startTransition(async () => {
      setFault(undefined);
      const answer = await callApi<Member>(pathOf(space, member.user_id), { method: "PUT", body });
      if (!answer.ok) setFault(answer.problem);
      else toast({ title: done });
      router.refresh();
    });
  const changeRole = (member: Member, role: Role) =>
    change(
      member,
      { role, keep: false },
      texts.isNow(member.user_id, role === "owner" ? texts.anOwner : texts.aMember),
    );
  const keep = (member: Member, issuer: string) =>
    change(
      member,
      { role: member.role, keep: true },
      texts.staysWhateverSays(member.user_id, nameOf(issuer)),
    );

  const remove = async (member: Member) => {
    const done = await callApi<void>(pathOf(space, member.user_id), { method: "DELETE" });
    if (done.ok) {
      toast({
        title: self ? texts.youLeft(space.name) : texts.wasRemoved(member.user_id),
        detail: texts.gatewayTokensForThis,
      });
      if (self) router.push("/");
      router.refresh();
    }
    return done;
  };

  return (
    <>
      {isOwner && (
        <>
          <InvitePeople space={space} members={members} invitations={invitations} />
          {links.length > 0 && <InvitationLinks space={space} links={links} />}
        </>
      )}
      {fault && <Fault problem={fault} />}
      <section aria-labelledby="members-title">
        <div className="flex min-h-9 items-center justify-between gap-3">
          <h2 id="members-title" className="text-base font-semibold">
            {members.length} {members.length === 1 ? texts.person : texts.people}
          </h2>
          {isOwner && members.length > 1 && (
            <Button variant="outline" size="sm" onClick={() => setHandingOver("handing")}>
              {texts.handOver}
            </Button>
          )}
        </div>
        {isOwner && byWord && (
          <p className="mt-1 text-sm text-ink-soft">{texts.whoBelongsByTheWord}</p>
        )}
        <Card className="mt-3">
          <ul>
            {members.map((member) => {
              const me = member.user_id === userId;
              return (
                <li
                  key={member.user_id}
                  className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-5 py-3.5 last:border-0"
                >
                  <span
                    aria-hidden="true"
                    className="grid size-8 shrink-0 place-items-center rounded-full bg-hover text-[0.8125rem] font-semibold text-ink-soft"
                  >
                    {member.user_id[0]?.toUpperCase()}
                  </span>
                  <div className="min-w-0 flex-1 basis-40">
                    <p className="truncate text-sm font-medium">
                      {member.user_id}
                      {me && <span className="font-normal text-ink-soft">{texts.you}</span>}
                    </p>
                    <p className="text-[0.8125rem] text-ink-soft">
                      {texts.since(<Time at={member.added_at} />)}
                      {throughWhom(member)}
                      {member.last_active_at && texts.active(<Time at={member.last_active_at} />)}
                    </p>
                  </div>
                  <div className="flex items-center gap-2">
                    {isOwner && !me && member.issuer && (
                      <Button
                        variant="ghost"
                        size="sm"
                        disabled={pending}
                        aria-label={texts.keepNamed(member.user_id)}
                        onClick={() => member.issuer && keep(member, member.issuer)}
                      >
                        {texts.keep}
                      </Button>
                    )}
                    {isOwner && !me ? (
                      <Select
                        aria-label={texts.roleOf(member.user_id)}
                        className="h-8! w-32!"
                        value={member.role}
                        disabled={pending}
                        onChange={(event) => changeRole(member, event.target.value as Role)}
                      >
                        <option value="member">{texts.member}</option>
                        <option value="owner">{texts.owner}</option>
                      </Select>
                    ) : (
                      <Badge>{member.role === "owner" ? texts.owner : texts.member}</Badge>
                    )}
                    {(isOwner || me) && (
                      <Button
                        variant="ghost"
                        size="sm"
                        aria-label={me ? texts.leaveThisSpace : texts.removeNamed(member.user_id)}
                        onClick={() =>
                          me && isSoleOwner(members, userId)
                            ? setHandingOver("leaving")
                            : setRemoving(member)
                        }
                      >
                        {me ? texts.leave : texts.remove}
                      </Button>
                    )}
                  </div>
                </li>
              );
            })}
          </ul>
        </Card>
      </section>
      {invitations.length > 0 && <InvitedPeople space={space} invitations={invitations} />}
      {isOwner && removed.length > 0 && <RemovedPeople space={space} removed={removed} />}
      {wasHandingOver && (
        <HandOverDialog
          space={space}
          others={members.filter((one) => one.user_id !== userId)}
          userId={userId}
          leaving={handingOver === "leaving"}
          open={handingOver !== undefined}
          onOpenChange={(open) => {
            if (!open) setHandingOver(undefined);
          }}
        />
      )}
      <ConfirmDialog
        open={removing !== undefined}
        onOpenChange={(open) => {
          if (!open) setRemoving(undefined);
        }}
        title={self ? texts.leaveAsked(space.name) : texts.removeAsked(removing?.user_id ?? "")}
        description={self ? texts.youLoseAccessToThis : texts.theyLoseAccess(space.name)}
        takesOpenerAway
        confirm={self ? texts.leave : texts.remove}
        onConfirm={async () =>
          removing ? remove(removing) : { ok: true as const, value: undefined }
        }
      />
    </>
  );
}
