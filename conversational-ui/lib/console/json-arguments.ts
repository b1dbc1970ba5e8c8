import { type Complaint, complaintsOf } from "@/lib/console/form-check";
import type { FormSchema } from "@/lib/console/form-schema";

export type Arguments = Record<string, unknown>;

/** A tool's arguments, written as JSON; ``schema``: null where the tool's own says nothing known. */
export function readArguments(
  text: string,
  schema: FormSchema | null,
): { value: Arguments; complaints: Complaint[] } {
  const complain = (about: string) => ({ value: {}, complaints: [{ path: [], text: about }] });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (fault) {
    return complain(`This is not JSON: ${fault instanceof Error ? fault.message : "malformed"}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return complain("This must be an object.");
  }
  const complaints = schema ? complaintsOf(schema, value, { mayBeEmpty: true }) : [];
  return { value: value as Arguments, complaints };
}
