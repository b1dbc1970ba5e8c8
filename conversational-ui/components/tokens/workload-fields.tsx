"use client";

import { useFormContext, useWatch } from "react-hook-form";
import * as texts from "@/components/tokens/opened-texts";
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
      <Field id="workload-runs-on" label={texts.whereItRuns}>
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
        label={texts.issuer}
        error={wrong("issuer")}
        hint={texts.asItsTokensSay}
      >
        <Input {...field("issuer")} placeholder={texts.httpsIssuerExample} />
      </Field>
      <Field id="workload-subject" label={texts.subject} error={wrong("subject")} hint={known.hint}>
        <Input {...field("subject")} placeholder={known.subject || texts.teamServiceName} />
      </Field>
      <Field
        id="workload-audience"
        label={texts.audienceOptional}
        error={wrong("audience")}
        hint={texts.whomItsTokensAre(gatewayUrl)}
      >
        <Input {...field("audience")} />
      </Field>
      <Field
        id="workload-jwks"
        label={known.needsKeys ? texts.theIssuersPublic : texts.theIssuersPublicKeys}
        error={wrong("jwks")}
        hint={known.needsKeys ? texts.whatKubectlGet : texts.asAJwkSetWhere}
      >
        <Textarea {...field("jwks")} rows={2} className="font-mono text-xs" />
      </Field>
    </div>
  );
}
