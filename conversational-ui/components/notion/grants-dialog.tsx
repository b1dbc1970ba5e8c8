"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useForm, useWatch } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import { MembersGrants } from "@/components/notion/members-grants";
import * as texts from "@/components/notion/opened-texts";
import { useChanged } from "@/components/notion/use-connection";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Checkbox, Radio } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { GrantChoice, Grants, Space } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { chosenNow, type GrantsForm, grantsForm } from "@/lib/forms/grants";
import { lending, MODE_WORDS, MODES } from "@/lib/grants";
import { spaceApi } from "@/lib/space-paths";

/** An owner's choice of whose connections are used, and an end to what members have connected. */
export default function GrantsDialog({
  space,
  grants,
  onClose,
}: {
  space: Space;
  grants: Grants;
  onClose: () => void;
}) {
  const router = useRouter();
  const changed = useChanged(space.space_id);
  const toast = useToast();
  const form = useForm<GrantsForm>({
    resolver: standardSchemaResolver(grantsForm),
    defaultValues: chosenNow(grants.choice),
  });
  const { register, control, formState } = form;
  const choice = { ...grants.choice, ...useWatch({ control }) };
  const save = async (body: GrantsForm) => {
    const path = spaceApi(space.space_id, "/grants");
    const done = await callApi<GrantChoice>(path, { method: "PUT", body });
    if (done.ok) {
      toast({
        title: texts.itIsChangedWhose,
        detail: texts.itHoldsWithinTwo,
      });
      onClose();
      changed();
      router.refresh();
    }
    return problemOf(done);
  };

  return (
    <Dialog open onOpenChange={onClose}>
      <DialogContent onInteractOutside={(event) => formState.isDirty && event.preventDefault()}>
        <DialogHead title={texts.whoseNotionIsUsed(space.name)}>{texts.pagesAreWritten}</DialogHead>
        <DialogForm
          form={form}
          onSend={save}
          send={texts.save}
          cancels
          disabled={!formState.isDirty}
        >
          <fieldset className="flex flex-col gap-3">
            <legend className="sr-only">{texts.withWhoseConnection}</legend>
            {MODES.map((one) => (
              <Radio
                key={one}
                value={one}
                label={MODE_WORDS[one].title}
                hint={MODE_WORDS[one].text}
                {...register("mode")}
              />
            ))}
          </fieldset>
          {choice.mode !== "shared" && (
            <Checkbox
              label={texts.serviceTokensAct}
              hint={texts.theyBelongToNobody}
              {...register("service_tokens_use_shared")}
            />
          )}
          <p className="rounded-lg bg-surface px-3.5 py-3 text-sm text-ink-soft" role="status">
            <span className="font-medium text-ink">{texts.whoeverConnectsTheTeams}</span>
            {lending(choice, "shared", space.name)}
          </p>
        </DialogForm>
        <MembersGrants space={space} />
      </DialogContent>
    </Dialog>
  );
}
