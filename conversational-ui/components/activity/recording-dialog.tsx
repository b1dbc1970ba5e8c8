"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
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
        <DialogHead title="What is recorded">
          Of every call in {props.space.name}: who made it and when, with which token and program,
          which tool, which pages it named, and how it ended. Owners see all calls, members their
          own.
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
        title: "What is recorded is changed",
        detail: `Calls are kept ${keptWords(daysOf(body))}.`,
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
      <DialogForm form={form} onSend={send} send="Save">
        <fieldset className="flex min-w-0 flex-col gap-3">
          <legend className="mb-2 text-sm font-medium">How long calls are kept</legend>
          <Radio
            value="operator"
            label="As long as this gateway's operator has set"
            hint={`Now ${keptWords(keeping.operator_days)}.`}
            {...register("kept", { deps: "days" })}
          />
          <Radio
            value="own"
            label="For a number of days"
            hint="Those that are older are deleted within some hours."
            {...register("kept", { deps: "days" })}
          />
          {kept === "own" && (
            <div className="pl-6.5">
              <Field id="kept-days" label="Days" error={noDays}>
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
          <legend className="mb-2 text-sm font-medium">What is said in calls</legend>
          <Checkbox
            label="Arguments"
            hint="What is asked for: searched words, pages, texts that are written."
            {...register("arguments")}
          />
          <Checkbox
            label="Results"
            hint="What Notion answers, contents of pages among it."
            {...register("results")}
          />
          <p className="text-[0.8125rem] text-ink-soft">
            From now on, for owners to read of all calls and for members of their own. What looks
            like a credential is left out, and of long texts 4,000 characters are kept. Members see
            on this page that it is recorded, and who has set it. What was recorded before stays.
          </p>
        </fieldset>
      </DialogForm>
      <ConfirmDialog
        open={waiting !== undefined}
        onOpenChange={(open) => {
          if (!open) setWaiting(undefined);
        }}
        title={`Keep calls ${waiting ? keptWords(daysOf(waiting)) : ""} only?`}
        description="There are older ones. They are deleted within some hours, with all that was recorded of them, and nobody can bring them back. To have them elsewhere, export them first."
        confirm="Save and delete"
        onConfirm={async () => (waiting ? set(waiting) : { ok: true as const, value: undefined })}
      />
    </>
  );
}
