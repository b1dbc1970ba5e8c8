"use client";

import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Fault } from "@/components/fault";
import { NewMachineShown } from "@/components/tokens/new-machine-shown";
import { ToolChoice } from "@/components/tokens/tool-choice";
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
import { Checkbox, Field, Input, Select } from "@/components/ui/input";
import type { MachineRequest, NewMachine, Space, Workload, WorkloadRequest } from "@/lib/api-types";
import { callApi } from "@/lib/call-api";
import { keySet, RUNS_ON, type RunsOn } from "@/lib/machines";
import type { Problem } from "@/lib/problems";
import { spaceApi } from "@/lib/space-paths";

const DAYS = [7, 30, 90, 180, 365];
export type Made = { machine: NewMachine } | { workload: Workload };
type Proof = "secret" | "token";

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
  const [proof, setProof] = useState<Proof>("secret");
  const [runsOn, setRunsOn] = useState<RunsOn>("github");
  const [some, setSome] = useState(false);
  const [readOnly, setReadOnly] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [fault, setFault] = useState<Problem>();
  const [pending, startTransition] = useTransition();

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const tools = data.getAll("tool").map(String);
    const jwks = keySet(text("jwks"));
    const found: Record<string, string> = {};
    if (!text("name")) found.name = "A name tells this machine from others.";
    if (some && tools.length === 0) found.tools = "Choose at least one tool, or allow all.";
    if (proof === "token") {
      if (!text("issuer")) found.issuer = "Whose tokens count?";
      if (!text("subject")) found.subject = "Whose of its tokens count?";
      if (jwks === undefined) found.jwks = 'This is no JWK set: it begins with {"keys":.';
      if (RUNS_ON[runsOn].needsKeys && jwks === null) {
        found.jwks = "Nobody outside can ask this issuer for its keys: paste them here.";
      }
    }
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    const program = {
      name: text("name"),
      expires_in_days: Number(data.get("days")),
      read_only: readOnly,
      tools: some ? tools : null,
    };
    startTransition(async () => {
      setFault(undefined);
      if (proof === "secret") {
        const body: MachineRequest = program;
        const path = spaceApi(space.space_id, "/machines");
        const done = await callApi<NewMachine>(path, { method: "POST", body });
        if (done.ok) onMade({ machine: done.value });
        else setFault(done.problem);
        return;
      }
      const body: WorkloadRequest = {
        ...program,
        issuer: text("issuer"),
        subject: text("subject"),
        audience: text("audience") || null,
        jwks: jwks ?? null,
      };
      const path = spaceApi(space.space_id, "/workloads");
      const done = await callApi<Workload>(path, { method: "POST", body });
      if (done.ok) onMade({ workload: done.value });
      else setFault(done.problem);
    });
  };

  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-5">
      <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_9rem]">
        <Field id="machine-name" label="Name" error={errors.name}>
          <Input
            id="machine-name"
            name="name"
            maxLength={100}
            autoComplete="off"
            placeholder="Nightly import"
            aria-invalid={errors.name !== undefined}
            aria-describedby={errors.name ? "machine-name-error" : undefined}
          />
        </Field>
        <Field id="machine-days" label="Expires after">
          <Select id="machine-days" name="days" defaultValue="90">
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {days === 365 ? "1 year" : `${days} days`}
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
              name="proof"
              checked={proof === value}
              onChange={() => setProof(value)}
              className="mt-0.5 size-4 shrink-0 accent-accent"
            />
            <span>
              <span className="font-medium">{label}</span>
              <span className="block text-[0.8125rem] text-ink-soft">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {proof === "token" && (
        <WorkloadFields
          runsOn={runsOn}
          onRunsOn={setRunsOn}
          gatewayUrl={gatewayUrl}
          errors={errors}
        />
      )}
      <fieldset className="flex min-w-0 flex-col gap-3">
        <legend className="mb-2 text-sm font-medium">What it may do</legend>
        <Checkbox
          label="Read only"
          hint="Tools that may change something in Notion are refused."
          checked={readOnly}
          onChange={(event) => setReadOnly(event.target.checked)}
        />
        <Checkbox
          label="Only some tools"
          hint="Others are hidden and refused."
          checked={some}
          onChange={(event) => setSome(event.target.checked)}
        />
        {some && <ToolChoice spaceId={space.space_id} readOnly={readOnly} />}
        {errors.tools && (
          <p role="alert" className="text-[0.8125rem] text-bad">
            {errors.tools}
          </p>
        )}
      </fieldset>
      {fault && <Fault problem={fault} />}
      <DialogFooter className="mt-0">
        <Button type="submit" busy={pending}>
          {proof === "secret" ? "Create machine" : "Allow"}
        </Button>
      </DialogFooter>
    </form>
  );
}
