"use client";

import { UserPlus } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { pathOf } from "@/components/members/path-of";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Invited, Member, Role, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { isUserId } from "@/lib/identifiers";
import type { Problem } from "@/lib/problems";

/** For owners: asks somebody to join whose account name they know. */
export function Invite({
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
