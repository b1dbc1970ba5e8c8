import * as z from "zod/mini";
import type { MachineRequest, WorkloadRequest } from "@/lib/api-types";
import { LIMITS, limitsOf, NO_LIMITS, nameOf, someTool } from "@/lib/forms/limits";
import { keySet, RUNS_ON } from "@/lib/machines";

const trimmed = z.string().check(z.trim());

export const machineForm = z
  .object({
    name: nameOf("machine"),
    days: z.number(),
    proof: z.enum(["secret", "token"]),
    runsOn: z.enum(["github", "kubernetes", "other"]),
    issuer: trimmed,
    subject: trimmed,
    audience: trimmed,
    jwks: trimmed,
    ...LIMITS,
  })
  .check(
    someTool,
    ofToken("issuer", "Whose tokens count?", ({ issuer }) => issuer !== ""),
    ofToken("subject", "Whose of its tokens count?", ({ subject }) => subject !== ""),
    ofToken(
      "jwks",
      'This is no JWK set: it begins with {"keys":.',
      ({ jwks }) => keySet(jwks) !== undefined,
    ),
    ofToken(
      "jwks",
      "Nobody outside can ask this issuer for its keys: paste them here.",
      ({ jwks, runsOn }) => jwks !== "" || !RUNS_ON[runsOn].needsKeys,
    ),
  );

type Said = Record<"issuer" | "subject" | "audience" | "jwks", string> & {
  proof: "secret" | "token";
  runsOn: keyof typeof RUNS_ON;
};

/** What must hold of a machine that proves itself with a token of where it runs. */
function ofToken(field: keyof Said, error: string, holds: (said: Said) => boolean) {
  return z.refine<Said>((said) => said.proof === "secret" || holds(said), { path: [field], error });
}

export type MachineForm = z.infer<typeof machineForm>;

export const EMPTY_MACHINE: MachineForm = {
  name: "",
  days: 90,
  proof: "secret",
  runsOn: "github",
  issuer: RUNS_ON.github.issuer,
  subject: "",
  audience: "",
  jwks: "",
  ...NO_LIMITS,
};

export const machineRequest = (form: MachineForm): MachineRequest => ({
  name: form.name,
  expires_in_days: form.days,
  ...limitsOf(form),
});

export const workloadRequest = (form: MachineForm): WorkloadRequest => ({
  ...machineRequest(form),
  issuer: form.issuer,
  subject: form.subject,
  audience: form.audience || null,
  jwks: keySet(form.jwks) ?? null,
});
