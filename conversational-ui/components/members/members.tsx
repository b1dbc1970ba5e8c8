"use client";

import { UserPlus } from "lucide-react";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { Fault } from "@/components/fault";
import { InvitationLinks } from "@/components/members/invitation-links";
import { InvitedPeople } from "@/components/members/invited-people";
import { pathOf } from "@/components/members/path-of";
import { Time } from "@/components/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { InvitationLink, Invited, Member, Role, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { isUserId } from "@/lib/identifiers";
import type { Problem } from "@/lib/problems";
import { isSoleOwner } from "@/lib/space-end";
import { useWas } from "@/lib/use-was";

const HandOverDialog = dynamic(() => import("@/components/members/hand-over-dialog"));

/** Who belongs to the space, and for its owners: who else shall. */
export function Members({
  space,
  members,
  invitations,
  links,
  userId,
}: {
  space: Space;
  members: Member[];
  invitations: Invited[];
  links: InvitationLink[];
  userId: string;
}) {
  const router = useRouter();
  const toast = useToast();
  const [removing, setRemoving] = useState<Member>();
  const [handingOver, setHandingOver] = useState<"leaving" | "handing over">();
  const wasHandingOver = useWas(handingOver !== undefined);
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const isOwner = space.role === "owner";
  const self = removing?.user_id === userId;

  const changeRole = (member: Member, role: Role) =>
    startTransition(async () => {
      setFault(undefined);
      const done = await callApi<Member>(pathOf(space, member.user_id), {
        method: "PUT",
        body: { role },
      });
      if (!done.ok) setFault(done.problem);
      else
        toast({ title: `${member.user_id} is now ${role === "owner" ? "an owner" : "a member"}` });
      router.refresh();
    });

  const remove = async (member: Member) => {
    const done = await callApi<void>(pathOf(space, member.user_id), { method: "DELETE" });
    if (done.ok) {
      toast({
        title: self ? `You left ${space.name}` : `${member.user_id} was removed`,
        detail: "Gateway tokens for this space ended with it.",
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
          <Invite space={space} members={members} invitations={invitations} />
          <InvitationLinks space={space} links={links} />
        </>
      )}
      {fault && <Fault problem={fault} />}
      <section aria-labelledby="members-title">
        <div className="flex min-h-9 items-center justify-between gap-3">
          <h2 id="members-title" className="text-base font-semibold">
            {members.length} {members.length === 1 ? "person" : "people"}
          </h2>
          {isOwner && members.length > 1 && (
            <Button variant="outline" size="sm" onClick={() => setHandingOver("handing over")}>
              Hand over…
            </Button>
          )}
        </div>
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
                      {me && <span className="font-normal text-ink-soft"> (you)</span>}
                    </p>
                    <p className="text-[0.8125rem] text-ink-soft">
                      Since <Time at={member.added_at} />
                      {member.added_by !== member.user_id && `, by ${member.added_by}`}
                      {member.last_active_at && (
                        <>
                          {" · "}Active <Time at={member.last_active_at} />
                        </>
                      )}
                    </p>
                  </div>
                  <div className="flex items-center gap-2">
                    {isOwner && !me ? (
                      <Select
                        aria-label={`Role of ${member.user_id}`}
                        className="h-8! w-32!"
                        value={member.role}
                        disabled={pending}
                        onChange={(event) => changeRole(member, event.target.value as Role)}
                      >
                        <option value="member">Member</option>
                        <option value="owner">Owner</option>
                      </Select>
                    ) : (
                      <Badge>{member.role === "owner" ? "Owner" : "Member"}</Badge>
                    )}
                    {(isOwner || me) && (
                      <Button
                        variant="ghost"
                        size="sm"
                        aria-label={me ? "Leave this space" : `Remove ${member.user_id}`}
                        onClick={() =>
                          me && isSoleOwner(members, userId)
                            ? setHandingOver("leaving")
                            : setRemoving(member)
                        }
                      >
                        {me ? "Leave" : "Remove"}
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
      {wasHandingOver && (
        <HandOverDialog
          space={space}
          members={members}
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
        title={self ? `Leave ${space.name}?` : `Remove ${removing?.user_id}?`}
        description={
          self
            ? "You lose access to this space at once, and your gateway tokens for it end. An owner can invite you again."
            : `They lose access to ${space.name} at once, and their gateway tokens for it end.`
        }
        confirm={self ? "Leave" : "Remove"}
        onConfirm={async () =>
          removing ? remove(removing) : { ok: true as const, value: undefined }
        }
      />
    </>
  );
}

function Invite({
  space,
  members,
  invitations,
}: {
  space: Space;
  members: Member[];
  invitations: Invited[];
}) {
  const router = useRouter();
  const toast = useToast();
  const [error, setError] = useState<string>();
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const userId = String(data.get("user_id")).trim();
    const role = data.get("role") as Role;
    if (!isUserId(userId)) {
      setError("That is no account name: copy it as it stands in your colleague's menu.");
      return;
    }
    if (members.some((member) => member.user_id === userId)) {
      setError("This person is here already.");
      return;
    }
    if (invitations.some((one) => one.user_id === userId && one.role === role)) {
      setError("This person is invited already.");
      return;
    }
    setError(undefined);
    setFault(undefined);
    startTransition(async () => {
      const done = await callApi<unknown>(pathOf(space, userId), {
        method: "PUT",
        body: { role },
      });
      if (!done.ok) {
        setFault(done.problem);
        return;
      }
      form.reset();
      toast({
        title: `${userId} is invited`,
        detail: `They can use ${space.name} once they have signed in here and accepted under Invitations.`,
      });
      router.refresh();
    });
  };
  return (
    <Card>
      <form
        onSubmit={submit}
        // Both fields have a part in what may be wrong.
        onInput={() => setError(undefined)}
        noValidate
        className="flex flex-col gap-3 p-5"
      >
        <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_8rem_auto]">
          <Field
            id="invite-user"
            label="Invite by account name"
            error={error}
            hint="Everybody finds theirs in the menu at the bottom left. They join once they accept."
          >
            <Input
              id="invite-user"
              name="user_id"
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              aria-invalid={error !== undefined}
              aria-describedby={error ? "invite-user-error" : "invite-user-hint"}
            />
          </Field>
          <Field id="invite-role" label="Role">
            <Select id="invite-role" name="role" defaultValue="member">
              <option value="member">Member</option>
              <option value="owner">Owner</option>
            </Select>
          </Field>
          <Button type="submit" busy={pending} className="sm:mt-[1.85rem]">
            {!pending && <UserPlus aria-hidden="true" />}
            Invite
          </Button>
        </div>
        {fault && <Fault problem={fault} />}
      </form>
    </Card>
  );
}
