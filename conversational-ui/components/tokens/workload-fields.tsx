"use client";

import { Field, Input, Select, Textarea } from "@/components/ui/input";
import { RUNS_ON, type RunsOn } from "@/lib/machines";

/** Which tokens count: whose, for whom, and of which program. */
export function WorkloadFields({
  runsOn,
  onRunsOn,
  gatewayUrl,
  errors,
}: {
  runsOn: RunsOn;
  onRunsOn: (runsOn: RunsOn) => void;
  gatewayUrl: string;
  errors: Record<string, string>;
}) {
  const known = RUNS_ON[runsOn];
  const described = (name: string) => ({
    "aria-invalid": errors[name] !== undefined,
    "aria-describedby": `workload-${name}-${errors[name] ? "error" : "hint"}`,
  });
  return (
    <div className="flex flex-col gap-4">
      <Field id="workload-runs-on" label="Where it runs">
        <Select
          id="workload-runs-on"
          value={runsOn}
          onChange={(event) => onRunsOn(event.target.value as RunsOn)}
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
        error={errors.issuer}
        hint="As its tokens say it (iss), letter by letter."
      >
        <Input
          id="workload-issuer"
          name="issuer"
          key={runsOn}
          defaultValue={known.issuer}
          placeholder="https://issuer.example"
          autoComplete="off"
          spellCheck={false}
          {...described("issuer")}
        />
      </Field>
      <Field id="workload-subject" label="Subject" error={errors.subject} hint={known.hint}>
        <Input
          id="workload-subject"
          name="subject"
          placeholder={known.subject || "team:service:name"}
          autoComplete="off"
          spellCheck={false}
          {...described("subject")}
        />
      </Field>
      <Field
        id="workload-audience"
        label="Audience (optional)"
        error={errors.audience}
        hint={`Whom its tokens are for (aud): ${gatewayUrl}, if nothing stands here.`}
      >
        <Input
          id="workload-audience"
          name="audience"
          autoComplete="off"
          spellCheck={false}
          {...described("audience")}
        />
      </Field>
      <Field
        id="workload-jwks"
        label={known.needsKeys ? "The issuer's public keys" : "The issuer's public keys (optional)"}
        error={errors.jwks}
        hint={
          known.needsKeys
            ? "What kubectl get --raw /openid/v1/jwks prints."
            : "As a JWK set, where the gateway cannot ask the issuer for them."
        }
      >
        <Textarea
          id="workload-jwks"
          name="jwks"
          rows={2}
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-xs"
          {...described("jwks")}
        />
      </Field>
    </div>
  );
}
