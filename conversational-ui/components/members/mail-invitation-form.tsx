"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { Send } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import type { InvitationMail, Space } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { mailedInvitationForm } from "@/lib/forms/mailed-invitation";
import { domainsWords, notMailedWords } from "@/lib/invitation-mails";
import type { Problem } from "@/lib/problems";
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
  const [fault, setFault] = useState<Problem>();
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: standardSchemaResolver(mailedInvitationForm),
    defaultValues: { address: "" },
  });
  const submit = handleSubmit(async ({ address }) => {
    setFault(undefined);
    const path = spaceApi(space.space_id, "/invitation-mails");
    const done = await callApi<InvitationMail>(path, { method: "POST", body: { address } });
    const wrong = (message: string) => setError("address", { message }, { shouldFocus: true });
    if (done.ok && done.value.delivered) onSent(address);
    else if (done.ok) wrong(notMailedWords(done.value));
    else if (done.problem.reason === "address_not_allowed") {
      wrong(done.problem.detail ?? done.problem.title);
    } else setFault(done.problem);
  });
  const error = formState.errors.address?.message;
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-3">
      <Field
        id="invite-address"
        label="Their e-mail address"
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
          placeholder="colleague@example.com"
        />
      </Field>
      {fault && <Fault problem={fault} />}
      <Button type="submit" busy={formState.isSubmitting} className="self-end max-sm:w-full">
        {!formState.isSubmitting && <Send aria-hidden="true" />}
        Send the link
      </Button>
    </form>
  );
}
