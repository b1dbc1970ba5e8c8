"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useForm } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import * as texts from "@/components/members/opened-texts";
import { Field, Input } from "@/components/ui/input";
import type { InvitationMail, Space } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { mailedInvitationForm } from "@/lib/forms/mailed-invitation";
import { domainsWords, notMailedWords } from "@/lib/invitation-mails";
import { spaceApi } from "@/lib/space-paths";

/** Has the gateway send a link to an address. */
export function MailInvitationForm({
  space,
  domains,
  onSent,
}: {
  space: Space;
  /** At which people may be invited, at least one. */
  domains: readonly string[];
  onSent: (address: string) => void;
}) {
  const form = useForm({
    resolver: standardSchemaResolver(mailedInvitationForm),
    defaultValues: { address: "" },
  });
  const { register, setError, formState } = form;
  const send = async ({ address }: { address: string }) => {
    const path = spaceApi(space.space_id, "/invitation-mails");
    const done = await callApi<InvitationMail>(path, { method: "POST", body: { address } });
    const wrong = (message: string) => setError("address", { message }, { shouldFocus: true });
    if (done.ok && done.value.delivered) onSent(address);
    else if (done.ok) wrong(notMailedWords(done.value));
    else if (done.problem.reason === "address_not_allowed") {
      wrong(done.problem.detail ?? done.problem.title);
      return undefined;
    }
    return problemOf(done);
  };
  const error = formState.errors.address?.message;
  return (
    <DialogForm form={form} onSend={send} send={texts.sendTheLink}>
      <Field
        id="invite-address"
        label={texts.theirEMailAddress}
        error={error}
        hint={domainsWords(domains)}
      >
        <Input
          {...described("invite-address", error, true)}
          {...register("address")}
          type="email"
          inputMode="email"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={texts.colleagueExampleCom}
        />
      </Field>
    </DialogForm>
  );
}
