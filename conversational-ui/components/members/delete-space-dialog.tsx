"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import { Fault } from "@/components/fault";
import * as texts from "@/components/members/opened-texts";
import { Dialog, DialogContent, DialogHead } from "@/components/ui/dialog";
import { Checkbox, Field, Input } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Space, WhatGoes } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { deletionForm } from "@/lib/forms/space";
import type { Problem } from "@/lib/problems";
import { recordedCalls, whatEnds } from "@/lib/space-end";
import { spaceApi } from "@/lib/space-paths";

/** Says what there is and goes, and asks for the space's name: it cannot be taken back. */
export default function DeleteSpaceDialog({
  open,
  onOpenChange,
  ...what
}: What & { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent>
        <Deletion {...what} />
      </DialogContent>
    </Dialog>
  );
}

interface What {
  space: Space;
  /** The person is in no other space. */
  isLast: boolean;
}

function Deletion({ space, isLast }: What) {
  const router = useRouter();
  const toast = useToast();
  const [goes, setGoes] = useState<WhatGoes>();
  const [fault, setFault] = useState<Problem>();
  const form = useForm({
    resolver: standardSchemaResolver(deletionForm(space.name)),
    defaultValues: { name: "", keepAudit: true },
  });
  const { register, control, formState } = form;
  const typed = useWatch({ control, name: "name" });
  const path = spaceApi(space.space_id, "/deletion");

  useEffect(() => {
    const gone = new AbortController();
    void callApi<WhatGoes>(path, { signal: gone.signal }).then((done) => {
      if (gone.signal.aborted) return;
      if (done.ok) setGoes(done.value);
      else setFault(done.problem);
    });
    return () => gone.abort();
  }, [path]);

  const remove = async ({ name, keepAudit }: { name: string; keepAudit: boolean }) => {
    const body = { name, keep_audit: keepAudit };
    const done = await callApi<void>(path, { method: "POST", body });
    if (done.ok) {
      toast({
        title: texts.isDeleted(space.name),
        detail: texts.itsConnectionsAre,
      });
      router.push("/spaces");
      router.refresh();
    }
    return problemOf(done);
  };
  const error = formState.errors.name?.message;
  const calls = goes && recordedCalls(goes);

  return (
    <>
      <DialogHead title={texts.deleteIt(space.name)}>
        {texts.thisCannotBeTaken}
        {isLast && texts.itIsYourOnlySpace}
      </DialogHead>
      <DialogForm
        form={form}
        onSend={remove}
        send={texts.deleteSpace}
        cancels
        isDanger
        disabled={typed !== space.name || !goes}
      >
        <div className="text-sm">
          <p className="font-medium">{texts.whatEnds}</p>
          {goes ? (
            <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
              {whatEnds(goes).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          ) : (
            !fault && (
              <p role="status" className="mt-1 text-ink-soft">
                {texts.lookingWhatThere}
              </p>
            )
          )}
        </div>
        <div className="text-sm">
          <p className="font-medium">{texts.whatStays}</p>
          <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
            <li>{texts.everythingInNotion}</li>
            <li>{texts.whoDeletedTheSpace}</li>
          </ul>
        </div>
        {calls && (
          <Checkbox
            label={texts.keepThe(calls)}
            hint={texts.forAsLongAsThey}
            {...register("keepAudit")}
          />
        )}
        <Field
          id="delete-name"
          label={texts.typeTheSpacesName}
          error={error}
          hint={<span className="break-words">{space.name}</span>}
        >
          <Input
            {...described("delete-name", error, true)}
            {...register("name")}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        </Field>
        {fault && <Fault problem={fault} />}
      </DialogForm>
    </>
  );
}
