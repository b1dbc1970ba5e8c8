"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useForm } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import * as texts from "@/components/members/opened-texts";
import { pathOf } from "@/components/members/path-of";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Invited, Member, Space } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { invitationForm, type InvitationForm as Said } from "@/lib/forms/invitation";

interface Props {
  space: Space;
  members: Member[];
  invitations: Invited[];
  onClose: () => void;
}

/** Asks somebody to join whose account name is known. */
export default function InviteDialog(props: Props) {
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()}>
      <DialogContent>
        <DialogHead title={texts.inviteTo(props.space.name)}>{texts.theyHaveNoAccess}</DialogHead>
        <InvitationForm {...props} />
      </DialogContent>
    </Dialog>
  );
}

function InvitationForm({ space, members, invitations, onClose }: Props) {
  const router = useRouter();
  const toast = useToast();
  const form = useForm<Said>({
    resolver: standardSchemaResolver(invitationForm(members, invitations)),
    defaultValues: { userId: "", role: "member" },
  });
  const { register, formState } = form;
  const error = formState.errors.userId?.message;
  const invite = async ({ userId, role }: Said) => {
    const path = pathOf(space, userId);
    const done = await callApi<unknown>(path, { method: "PUT", body: { role } });
    if (done.ok) {
      toast({
        title: texts.isInvited(userId),
        detail: texts.theyCanUseOnce(space.name),
      });
      onClose();
      router.refresh();
    }
    return problemOf(done);
  };
  return (
    <DialogForm form={form} onSend={invite} send={texts.invite}>
      <Field
        id="invite-user"
        label={texts.accountName}
        error={error}
        hint={texts.everybodyFindsTheirs}
      >
        <Input
          {...described("invite-user", error, true)}
          {...register("userId")}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
      </Field>
      <Field id="invite-role" label={texts.role}>
        {/* Both fields have a part in what may be wrong. */}
        <Select id="invite-role" {...register("role", { deps: "userId" })}>
          <option value="member">{texts.member}</option>
          <option value="owner">{texts.owner}</option>
        </Select>
      </Field>
    </DialogForm>
  );
}
