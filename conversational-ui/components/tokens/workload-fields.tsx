"use client";

import { useFormContext, useWatch } from "react-hook-form";
import { Field, Input, Select, Textarea } from "@/components/ui/input";
import { described } from "@/lib/forms/described";
import type { MachineForm } from "@/lib/forms/machine";
import { RUNS_ON, type RunsOn } from "@/lib/machines";

/** Which tokens count: whose, for whom, and of which program. */
export function WorkloadFields({ gatewayUrl }: { gatewayUrl: string }) {
  const { register, control, setValue, formState } = useFormContext<MachineForm>();
  const known = RUNS_ON[useWatch({ control, name: "runsOn" })];
  const wrong = (name: keyof MachineForm) => formState.errors[name]?.message;
  const field = (name: "issuer" | "subject" | "audience" | "jwks") => ({
    ...described(`workload-${name}`, wrong(name), true),
    ...register(name),
    autoComplete: "off",
    spellCheck: false,
  });
  return (
    <div className="flex flex-col gap-4">
      <Field id="workload-runs-on" label="Where it runs">
        <Select
          id="workload-runs-on"
          {...register("runsOn", {
            deps: "jwks",
            onChange: ({ target }) =>
              setValue("issuer", RUNS_ON[target.value as RunsOn].issuer, {
                shouldValidate: formState.isSubmitted,
              }),
          })}
        >
          {Object.entries(RUNS_ON).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field
        id="workload-issuer"
        label="Issuer"
        error={wrong("issuer")}
        hint="As its tokens say it (iss), letter by letter."
      >
        <Input {...field("issuer")} placeholder="https://issuer.example" />
      </Field>
      <Field id="workload-subject" label="Subject" error={wrong("subject")} hint={known.hint}>
        <Input {...field("subject")} placeholder={known.subject || "team:service:name"} />
      </Field>
      <Field
        id="workload-audience"
        label="Audience (optional)"
        error={wrong("audience")}
        hint={`Whom its tokens are for (aud): ${gatewayUrl}, if nothing stands here.`}
      >
        <Input {...field("audience")} />
      </Field>
      <Field
        id="workload-jwks"
        label={known.needsKeys ? "The issuer's public keys" : "The issuer's public keys (optional)"}
        error={wrong("jwks")}
        hint={
          known.needsKeys
            ? "What kubectl get --raw /openid/v1/jwks prints."
            : "As a JWK set, where the gateway cannot ask the issuer for them."
        }
      >
        <Textarea {...field("jwks")} rows={2} className="font-mono text-xs" />
      </Field>
    </div>
  );
}
