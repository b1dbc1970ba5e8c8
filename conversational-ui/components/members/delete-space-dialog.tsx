"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Fault } from "@/components/fault";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Checkbox, Field, Input } from "@/components/ui/input";
import { useToast } from "@/components/ui/toast";
import type { Space, WhatGoes } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
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
  const { register, control, handleSubmit, formState } = useForm({
    resolver: standardSchemaResolver(deletionForm(space.name)),
    defaultValues: { name: "", keepAudit: true },
  });
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

  const submit = handleSubmit(async ({ name, keepAudit }) => {
    setFault(undefined);
    const body = { name, keep_audit: keepAudit };
    const done = await callApi<void>(path, { method: "POST", body });
    if (!done.ok) {
      setFault(done.problem);
      return;
    }
    toast({
      title: `${space.name} is deleted`,
      detail: "Its connections are being revoked at Notion.",
    });
    router.push("/spaces");
    router.refresh();
  });
  const error = formState.errors.name?.message;
  const calls = goes && recordedCalls(goes);

  return (
    <>
      <DialogHeader>
        <DialogTitle>Delete {space.name}?</DialogTitle>
        <DialogDescription>
          This cannot be taken back.
          {isLast && " It is your only space: you can make a new one afterwards."}
        </DialogDescription>
      </DialogHeader>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4 text-sm">
        <div>
          <p className="font-medium">What ends</p>
          {goes ? (
            <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
              {whatEnds(goes).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          ) : (
            !fault && (
              <p role="status" className="mt-1 text-ink-soft">
                Looking what there is…
              </p>
            )
          )}
        </div>
        <div>
          <p className="font-medium">What stays</p>
          <ul className="mt-1 list-disc pl-5 text-ink-soft marker:text-ink-faint">
            <li>Everything in Notion itself</li>
            <li>Who deleted the space and when: its people are told so at its addresses</li>
          </ul>
        </div>
        {calls && (
          <Checkbox
            label={`Keep the ${calls}`}
            hint="For as long as they would have been kept, for whoever runs the gateway. Otherwise they are deleted within hours."
            {...register("keepAudit")}
          />
        )}
        <Field
          id="delete-name"
          label="Type the space's name to confirm"
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
        <DialogFooter className="mt-0">
          <DialogClose asChild>
            <Button variant="outline">Cancel</Button>
          </DialogClose>
          <Button
            type="submit"
            variant="danger"
            busy={formState.isSubmitting}
            disabled={typed !== space.name || !goes}
          >
            Delete space
          </Button>
        </DialogFooter>
      </form>
    </>
  );
}
