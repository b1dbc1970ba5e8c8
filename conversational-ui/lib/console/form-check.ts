import { type OutputUnit, Validator } from "@cfworker/json-schema";
import type { FormSchema } from "@/lib/console/form-schema";

/** What is wrong with what somebody filled in, and where. */
export interface Complaint {
  path: (string | number)[];
  text: string;
}

/**
 * Checked by a validator that reads schemas: the usual one makes a program of each, which this
 * site's content-security policy refuses to run. ``mayBeEmpty``: whoever writes JSON writes
 * an empty text on purpose, and who leaves a field empty does not.
 */
export function complaintsOf(
  schema: FormSchema,
  value: unknown,
  { mayBeEmpty = false }: { mayBeEmpty?: boolean } = {},
): Complaint[] {
  return check(schema, value, [], mayBeEmpty);
}

function check(
  schema: FormSchema,
  value: unknown,
  path: Complaint["path"],
  mayBeEmpty: boolean,
): Complaint[] {
  const { properties, required = [], items, oneOf, title: _, description: __, ...own } = schema;
  if (oneOf) return closest(oneOf.map((one) => check(one, value, path, mayBeEmpty)));
  const fault = firstFault(own, value);
  if (fault) return [{ path, text: wordsFor(fault, own) }];
  if (items && Array.isArray(value)) {
    return value.flatMap((one, at) =>
      !mayBeEmpty && isEmpty(one)
        ? [{ path: [...path, at], text: REQUIRED }]
        : check(items, one, [...path, at], mayBeEmpty),
    );
  }
  if (!properties || !isRecord(value)) return [];
  return Object.entries(properties).flatMap(([name, member]) => {
    const [inner, there] = [Object.hasOwn(value, name) ? value[name] : undefined, [...path, name]];
    const isMissing = mayBeEmpty ? inner === undefined : isEmpty(inner);
    if (isMissing) return required.includes(name) ? [{ path: there, text: REQUIRED }] : [];
    return check(member, inner, there, mayBeEmpty);
  });
}

const REQUIRED = "This is required.";

/** Of several forms that a value may have: none where one suits, else those of the nearest. */
const closest = (each: Complaint[][]): Complaint[] =>
  each.reduce((best, one) => (one.length < best.length ? one : best));

/** Nothing that anybody has filled in: blanks, and what is made of such alone. */
export function isEmpty(value: unknown): boolean {
  if (typeof value === "string") return value.trim() === "";
  if (typeof value === "object" && value !== null) return Object.values(value).every(isEmpty);
  return value === undefined || value === null;
}

/** Without what is empty, but for what stands in a list: that is somebody's own doing. */
export function filledIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => filledIn(one) ?? null);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, one]) => !isEmpty(one));
  return Object.fromEntries(kept.map(([name, one]) => [name, filledIn(one)]));
}

/** Whether the form shows all of it: what it has no field for would be sent unseen. */
export function hasPlaceFor(schema: FormSchema, value: unknown): boolean {
  if (schema.oneOf) return schema.oneOf.some((one) => hasPlaceFor(one, value));
  if (schema.items && Array.isArray(value)) {
    const { items } = schema;
    return value.every((one) => hasPlaceFor(items, one));
  }
  const { properties } = schema;
  if (!properties || !isRecord(value)) return true;
  return Object.entries(value).every(
    ([name, one]) =>
      Object.hasOwn(properties, name) && hasPlaceFor(properties[name] as FormSchema, one),
  );
}

/** Whether a value is what the schema says, required fields and all. */
export function isValid(schema: object, value: unknown): boolean {
  if (value === undefined) return false;
  return new Validator(schema, "2020-12", true).validate(plain(value)).valid;
}

function firstFault(schema: object, value: unknown): OutputUnit | null {
  if (value === undefined || Object.keys(schema).length === 0) return null;
  const { valid, errors } = new Validator(schema, "2020-12").validate(plain(value));
  return valid ? null : (errors[0] ?? null);
}

/** As it is sent: what is undefined is left out. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

function wordsFor({ keyword, error }: OutputUnit, schema: FormSchema): string {
  const limit = String(schema[keyword as keyof FormSchema]);
  switch (keyword) {
    case "type":
      return `This must be ${TYPES[schema.type ?? ""] ?? limit}.`;
    case "enum":
      return `This must be one of ${schema.enum?.map((one) => JSON.stringify(one)).join(", ")}.`;
    case "const":
      return `This must be ${JSON.stringify(schema.const)}.`;
    case "minimum":
      return `This must be at least ${limit}.`;
    case "maximum":
      return `This must be at most ${limit}.`;
    case "minItems":
      return `At least ${limit} ${limit === "1" ? "is" : "are"} needed.`;
    case "maxItems":
      return `At most ${limit} are allowed.`;
    case "minLength":
      return `This must have at least ${limit} characters.`;
    case "maxLength":
      return `This must have at most ${limit} characters.`;
    default:
      return error;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
