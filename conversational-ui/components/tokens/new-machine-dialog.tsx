"use client";

import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useForm, useWatch } from "react-hook-form";
import { DialogForm } from "@/components/dialog-form";
import { ShownOnceDialog } from "@/components/shown-once-dialog";
import { LimitFields } from "@/components/tokens/limit-fields";
import { NameAndDays } from "@/components/tokens/name-and-days";
import { NewMachineShown } from "@/components/tokens/new-machine-shown";
import * as texts from "@/components/tokens/opened-texts";
import { WorkloadFields } from "@/components/tokens/workload-fields";
import { Radio } from "@/components/ui/input";
import type { NewMachine, Space, Workload } from "@/lib/api-types";
import { callApi, problemOf } from "@/lib/call-api";
import {
  EMPTY_MACHINE,
  type MachineForm,
  machineForm,
  machineRequest,
  workloadRequest,
} from "@/lib/forms/machine";
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
  return (
    <ShownOnceDialog<Made>
      open={open}
      onOpenChange={onOpenChange}
      title={texts.newMachine}
      description={texts.aProgramThatActs(space.name)}
      form={(onMade) => <NewMachineForm space={space} gatewayUrl={gatewayUrl} onMade={onMade} />}
      shown={(made, onDone) => (
        <NewMachineShown made={made} space={space} gatewayUrl={gatewayUrl} onDone={onDone} />
      )}
    />
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
  const form = useForm({
    resolver: standardSchemaResolver(machineForm),
    defaultValues: EMPTY_MACHINE,
  });
  const { register, control } = form;
  const proof = useWatch({ control, name: "proof" });
  const make = async (said: MachineForm) => {
    if (said.proof === "secret") {
      const path = spaceApi(space.space_id, "/machines");
      const body = machineRequest(said);
      const done = await callApi<NewMachine>(path, { method: "POST", body });
      if (done.ok) onMade({ machine: done.value });
      return problemOf(done);
    }
    const path = spaceApi(space.space_id, "/workloads");
    const body = workloadRequest(said);
    const done = await callApi<Workload>(path, { method: "POST", body });
    if (done.ok) onMade({ workload: done.value });
    return problemOf(done);
  };
  return (
    <DialogForm
      form={form}
      onSend={make}
      send={proof === "secret" ? texts.createMachine : texts.allow}
    >
      <NameAndDays id="machine" placeholder={texts.nightlyImport} />
      <fieldset className="flex min-w-0 flex-col gap-2">
        <legend className="mb-2 text-sm font-medium">{texts.howItProvesWho}</legend>
        <Radio
          value="secret"
          label={texts.withASecretOfIts}
          hint={texts.shownOnceForAScript}
          {...register("proof")}
        />
        <Radio
          value="token"
          label={texts.withTheTokenOfWhere}
          hint={texts.noSecretToKeep}
          {...register("proof")}
        />
      </fieldset>
      {proof === "token" && <WorkloadFields gatewayUrl={gatewayUrl} />}
      <LimitFields spaceId={space.space_id} />
    </DialogForm>
  );
}
