"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import { Fault } from "@/components/fault";
import { LimitFields } from "@/components/tokens/limit-fields";
import { NewMachineShown } from "@/components/tokens/new-machine-shown";
import { WorkloadFields } from "@/components/tokens/workload-fields";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from "@/components/ui/dialog";
import { Field, Input, Select } from "@/components/ui/input";
import type { NewMachine, Space, Workload } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { described } from "@/lib/forms/described";
import { DAYS, daysInWords } from "@/lib/forms/limits";
import { EMPTY_MACHINE, machineForm, machineRequest, workloadRequest } from "@/lib/forms/machine";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

export type Made = { machine: NewMachine } | { workload: Workload };

/** For owners: a program with a secret, or one with a token of where it runs. */
export default function NewMachineDialog({
  space,
  gatewayUrl,
  open,
  onOpenChange,
}: {
  space: Space;
  gatewayUrl: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const router = useRouter();
  const [made, setMade] = useState<Made>();
  const close = (next: boolean) => {
    onOpenChange(next);
    if (!next) {
      setMade(undefined); // the secret is gone from the page, too
      if (made) router.refresh();
    }
  };
  // What is shown only once is not lost by a click beside the dialog, or by Escape.
  const keep = (event: Event) => made && event.preventDefault();
  return (
    <Dialog open={open} onOpenChange={close}>
      <DialogContent className="max-w-xl" onInteractOutside={keep} onEscapeKeyDown={keep}>
        {made ? (
          <NewMachineShown
            made={made}
            space={space}
            gatewayUrl={gatewayUrl}
            onDone={() => close(false)}
          />
        ) : (
          <>
            <DialogHeader>
              <DialogTitle>New machine</DialogTitle>
              <DialogDescription>
                A program that acts in {space.name} in nobody's name, by the team's connection. It
                stays when you leave.
              </DialogDescription>
            </DialogHeader>
            <NewMachineForm space={space} gatewayUrl={gatewayUrl} onMade={setMade} />
          </>
        )}
      </DialogContent>
    </Dialog>
  );
}

function NewMachineForm({
  space,
  gatewayUrl,
  onMade,
}: {
  space: Space;
  gatewayUrl: string;
  onMade: (made: Made) => void;
}) {
  const [fault, setFault] = useState<Problem>();
  const form = useForm({
    resolver: standardSchemaResolver(machineForm),
    defaultValues: EMPTY_MACHINE,
  });
  const { register, control, handleSubmit, formState } = form;
  const proof = useWatch({ control, name: "proof" });
  const submit = handleSubmit(async (said) => {
    setFault(undefined);
    if (proof === "secret") {
      const path = spaceApi(space.space_id, "/machines");
      const body = machineRequest(said);
      const done = await callApi<NewMachine>(path, { method: "POST", body });
      if (done.ok) onMade({ machine: done.value });
      else setFault(done.problem);
      return;
    }
    const path = spaceApi(space.space_id, "/workloads");
    const body = workloadRequest(said);
    const done = await callApi<Workload>(path, { method: "POST", body });
    if (done.ok) onMade({ workload: done.value });
    else setFault(done.problem);
  });
  const noName = formState.errors.name?.message;

  return (
    <FormProvider {...form}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_9rem]">
          <Field id="machine-name" label="Name" error={noName}>
            <Input
              {...described("machine-name", noName)}
              {...register("name")}
              maxLength={100}
              autoComplete="off"
              placeholder="Nightly import"
            />
          </Field>
          <Field id="machine-days" label="Expires after">
            <Select id="machine-days" {...register("days", { valueAsNumber: true })}>
              {DAYS.map((days) => (
                <option key={days} value={days}>
                  {daysInWords(days)}
                </option>
              ))}
            </Select>
          </Field>
        </div>
        <fieldset className="flex min-w-0 flex-col gap-2 text-sm">
          <legend className="mb-2 font-medium">How it proves who it is</legend>
          {(
            [
              ["secret", "With a secret of its own", "Shown once. For a script or a server."],
              [
                "token",
                "With the token of where it runs",
                "No secret to keep. For GitHub Actions, Kubernetes and others.",
              ],
            ] as const
          ).map(([value, label, hint]) => (
            <label key={value} className="flex items-start gap-2.5">
              <input
                type="radio"
                value={value}
                {...register("proof")}
                className="mt-0.5 size-4 shrink-0 accent-accent"
              />
              <span>
                <span className="font-medium">{label}</span>
                <span className="block text-[0.8125rem] text-ink-soft">{hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {proof === "token" && <WorkloadFields gatewayUrl={gatewayUrl} />}
        <LimitFields spaceId={space.space_id} />
        {fault && <Fault problem={fault} />}
        <DialogFooter className="mt-0">
          <Button type="submit" busy={formState.isSubmitting}>
            {proof === "secret" ? "Create machine" : "Allow"}
          </Button>
        </DialogFooter>
      </form>
    </FormProvider>
  );
}
