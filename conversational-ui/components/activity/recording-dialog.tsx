"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import * as texts from "@/components/activity/opened-texts";
import { ConfirmDialog } from "@/components/confirm-dialog";
import { DialogForm } from "@/components/dialog-form";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Checkbox, Field, Input, Radio } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import { keptWords } from "@/lib/activity";
import type { AuditContents, AuditKeeping, RecordingRequest, Space } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import {
  keepsLess,
  recordingForm,
  recordingNow,
  recordingRequest,
  type RecordingForm as Said,
} from "@/lib/forms/recording";
import { spaceApi } from "@/lib/space-paths";

interface Props {
  space: Space;
  keeping: AuditKeeping;
  contents: AuditContents;
  onClose: () => void;
}

/** What is recorded of calls, who sees it, and for how long: for owners. */
export default function RecordingDialog(props: Props) {
  return (
    <Dialog open onOpenChange={(open) => !open && props.onClose()}>
      <DialogContent className="max-w-xl">
        <DialogHead title={texts.whatIsRecorded}>
          {texts.ofEveryCallInWho(props.space.name)}
        </DialogHead>
        <RecordingForm {...props} />
      </DialogContent>
    </Dialog>
  );
}

function RecordingForm({ space, keeping, contents, onClose }: Props) {
  const router = useRouter();
  const toast = useToast();
  /** What waits for a second word, because it deletes something. */
  const [waiting, setWaiting] = useState<RecordingRequest>();
  const form = useForm({
    resolver: standardSchemaResolver(recordingForm),
    defaultValues: recordingNow(keeping, contents),
  });
  const { register, control, formState } = form;
  const kept = useWatch({ control, name: "kept" });
  const noDays = formState.errors.days?.message;
  const daysOf = ({ days }: RecordingRequest) => days ?? keeping.operator_days;

  const set = async (body: RecordingRequest) => {
    const path = spaceApi(space.space_id, "/audit/recording");
    const done = await callApi<void>(path, { method: "PUT", body });
    if (done.ok) {
      toast({
        title: texts.whatIsRecordedIs,
        detail: texts.callsAreKept(keptWords(daysOf(body))),
      });
      onClose();
      router.refresh();
    }
    return done;
  };
  const send = async (said: Said) => {
    const body = recordingRequest(said);
    const days = daysOf(body);
    if (keepsLess(days, keeping.days)) {
      const path = spaceApi(space.space_id, `/audit/older?days=${days}`);
      const older = await callApi<{ is_any: boolean }>(path);
      if (!older.ok) return older.problem;
      if (older.value.is_any) {
        setWaiting(body);
        return undefined;
      }
    }
    return problemOf(await set(body));
  };

  return (
    <>
      <DialogForm form={form} onSend={send} send={texts.save}>
        <fieldset className="flex min-w-0 flex-col gap-3">
          <legend className="mb-2 text-sm font-medium">{texts.howLongCallsAre}</legend>
          <Radio
            value="operator"
            label={texts.asLongAsThisGateways}
            hint={texts.now(keptWords(keeping.operator_days))}
            {...register("kept", { deps: "days" })}
          />
          <Radio
            value="own"
            label={texts.forANumberOfDays}
            hint={texts.thoseThatAreOlder}
            {...register("kept", { deps: "days" })}
          />
          {kept === "own" && (
            <div className="pl-6.5">
              <Field id="kept-days" label={texts.days} error={noDays}>
                <Input
                  {...described("kept-days", noDays)}
                  {...register("days")}
                  inputMode="numeric"
                  autoComplete="off"
                  maxLength={5}
                  className="max-w-28"
                />
              </Field>
            </div>
          )}
        </fieldset>
        <fieldset className="flex min-w-0 flex-col gap-3">
          <legend className="mb-2 text-sm font-medium">{texts.whatIsSaidInCalls}</legend>
          <Checkbox
            label={texts.argumentsIt}
            hint={texts.whatIsAskedForSearched}
            {...register("arguments")}
          />
          <Checkbox label={texts.results} hint={texts.whatNotionAnswers} {...register("results")} />
          <p className="text-[0.8125rem] text-ink-soft">{texts.fromNowOnForOwners}</p>
        </fieldset>
      </DialogForm>
      <ConfirmDialog
        open={waiting !== undefined}
        onOpenChange={(open) => {
          if (!open) setWaiting(undefined);
        }}
        title={texts.keepCallsOnly(waiting ? keptWords(daysOf(waiting)) : "")}
        description={texts.thereAreOlderOnes}
        confirm={texts.saveAndDelete}
        onConfirm={async () => (waiting ? set(waiting) : { ok: true as const, value: undefined })}
      />
    </>
  );
}
