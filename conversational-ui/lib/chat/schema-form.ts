import type { JsonSchema } from "@/lib/chat/tool";

/** A form's field, made from a JSON schema (2020-12, as far as tools use it). */
export type Field = { label: string; description: string | null } & (
  | { kind: "text"; long: boolean; pattern: string | null; format: string | null }
  | { kind: "number"; whole: boolean; minimum: number | null; maximum: number | null }
  | { kind: "boolean" }
  | { kind: "choice"; options: unknown[] }
  | { kind: "list"; item: Field; fewest: number }
  | { kind: "group"; members: Member[] }
  | { kind: "variants"; variants: Field[] }
  /** What no form suits: written as JSON. */
  | { kind: "json"; types: string[] }
);

export interface Member {
  name: string;
  required: boolean;
  field: Field;
}

/** What somebody has typed so far, in the shape of the field. Undefined: left out. */
export type Draft =
  | undefined
  | string
  | boolean
  | { list: Draft[] }
  | { members: Record<string, Draft> }
  | { variant: number; draft: Draft };

export interface Complaint {
  /** Where: names and positions, joined by dots. */
  path: string;
  text: string;
}

const DEEPEST = 7;

export function fieldOf(schema: JsonSchema): Field {
  return build(schema, "", schema, 0);
}

function build(given: unknown, name: string, root: JsonSchema, depth: number): Field {
  const schema = resolved(given, root);
  const { alternatives, rest } = withoutNull(schema);
  const label = text(schema.title) ?? name;
  const common = { label, description: text(schema.description) };
  const json: Field = { ...common, kind: "json", types: typesOf(schema) };
  if (depth > DEEPEST) return json;
  if (alternatives.length === 1) {
    return {
      ...build({ ...rest, ...resolved(alternatives[0], root) }, name, root, depth),
      ...described(common),
    };
  }
  if (alternatives.length > 1) {
    const constants = alternatives.map((one) => resolved(one, root).const);
    if (constants.every((one) => one !== undefined)) {
      return { ...common, kind: "choice", options: constants };
    }
    const variants = alternatives.map((one, index) => {
      const made = resolved(one, root);
      return build(made, variantName(made, index), root, depth + 1);
    });
    return variants.every(({ kind }) => kind !== "json")
      ? { ...common, kind: "variants", variants }
      : json;
  }
  if (schema.const !== undefined) return { ...common, kind: "choice", options: [schema.const] };
  if (Array.isArray(schema.enum)) {
    return { ...common, kind: "choice", options: schema.enum.filter((one) => one !== null) };
  }
  const types = typesOf(schema).filter((type) => type !== "null");
  if (types.length !== 1) return json;
  switch (types[0]) {
    case "string":
      return {
        ...common,
        kind: "text",
        long: isLong(name, schema),
        pattern: text(schema.pattern),
        format: text(schema.format),
      };
    case "number":
    case "integer":
      return {
        ...common,
        kind: "number",
        whole: types[0] === "integer",
        minimum: number(schema.minimum),
        maximum: number(schema.maximum),
      };
    case "boolean":
      return { ...common, kind: "boolean" };
    case "array":
      if (!isObject(schema.items)) return json;
      return {
        ...common,
        kind: "list",
        item: build(schema.items, "", root, depth + 1),
        fewest: number(schema.minItems) ?? 0,
      };
    case "object": {
      const required = Array.isArray(schema.required) ? schema.required : [];
      const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
      // A map of anything has no members to show; the tool's own arguments may well be none.
      if (properties.length === 0 && depth > 0) return json;
      const members = properties.map(([key, value]) => ({
        name: key,
        required: required.includes(key),
        field: build(value, key, root, depth + 1),
      }));
      members.sort((one, other) => Number(other.required) - Number(one.required));
      return { ...common, kind: "group", members };
    }
    default:
      return json;
  }
}

const described = ({ label, description }: { label: string; description: string | null }) => ({
  ...(label ? { label } : {}),
  ...(description ? { description } : {}),
});

/** Follows ``$ref`` within the document; anything else is left as it is. */
function resolved(given: unknown, root: JsonSchema): JsonSchema {
  let schema = isObject(given) ? given : {};
  for (let hops = 0; hops < 8 && typeof schema.$ref === "string"; hops++) {
    const { $ref, ...beside } = schema;
    const target = ($ref as string)
      .replace(/^#\/?/, "")
      .split("/")
      .filter(Boolean)
      .reduce<unknown>(
        (value, key) =>
          isObject(value) ? value[key.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined,
        root,
      );
    schema = { ...(isObject(target) ? target : {}), ...beside };
  }
  return schema;
}

function withoutNull(schema: JsonSchema): { alternatives: unknown[]; rest: JsonSchema } {
  const { anyOf, oneOf, ...rest } = schema;
  const given = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  return { alternatives: given.filter((one) => !isObject(one) || one.type !== "null"), rest };
}

/** "page_id" for { type: "page_id", … }: tools tell variants apart by a constant. */
function variantName(schema: JsonSchema, index: number): string {
  const title = text(schema.title);
  if (title) return title;
  const properties = isObject(schema.properties) ? schema.properties : {};
  for (const value of Object.values(properties)) {
    if (isObject(value) && typeof value.const === "string") return value.const;
    if (isObject(value) && Array.isArray(value.enum) && value.enum.length === 1) {
      return String(value.enum[0]);
    }
  }
  return Object.keys(properties)[0] ?? text(schema.type) ?? `Form ${index + 1}`;
}

function typesOf({ type, properties, items }: JsonSchema): string[] {
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.filter((one) => typeof one === "string");
  if (isObject(properties)) return ["object"];
  return isObject(items) ? ["array"] : [];
}

const LONG = /content|markdown|body|text|message|_str$|description|sql|statements?/i;
const isLong = (name: string, schema: JsonSchema) =>
  LONG.test(name) || (number(schema.maxLength) ?? 0) > 400;

/** A draft to begin with: what is required is there, and choices of one are made. */
export function emptyDraft(field: Field, required = true): Draft {
  if (!required) return undefined;
  switch (field.kind) {
    case "text":
    case "number":
      return "";
    case "json":
      return field.types[0] === "array" ? "[]" : field.types[0] === "object" ? "{}" : "";
    case "boolean":
      return false;
    case "choice":
      return field.options.length === 1 ? "0" : "";
    case "list":
      return {
        list: Array.from({ length: Math.max(1, field.fewest) }, () => emptyDraft(field.item)),
      };
    case "group":
      return {
        members: Object.fromEntries(
          field.members.map(({ name, required: needed, field: inner }) => [
            name,
            emptyDraft(inner, needed),
          ]),
        ),
      };
    case "variants": {
      const [first] = field.variants;
      return { variant: 0, draft: first && emptyDraft(first) };
    }
  }
}

/** The value that a draft says, and what is wrong with it. */
export function readDraft(
  field: Field,
  draft: Draft,
  required = true,
): { value: unknown; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const value = read(field, draft, required, [], complaints);
  return { value, complaints };
}

function read(
  field: Field,
  draft: Draft,
  required: boolean,
  path: (string | number)[],
  complaints: Complaint[],
): unknown {
  const complain = (about: string) => {
    complaints.push({ path: path.join("."), text: about });
    return undefined;
  };
  const missing = () => (required ? complain("This is required.") : undefined);
  if (draft === undefined) return missing();
  switch (field.kind) {
    case "text":
      if (typeof draft !== "string") return missing();
      // An empty text that somebody asked for is a text: a search for "" finds everything.
      return fits(field.pattern, draft) ? draft : complain(`This must match ${field.pattern}.`);
    case "number": {
      if (typeof draft !== "string" || draft.trim() === "") return missing();
      const value = Number(draft);
      if (!Number.isFinite(value)) return complain("This must be a number.");
      if (field.whole && !Number.isInteger(value)) return complain("This must be a whole number.");
      if (field.minimum !== null && value < field.minimum) {
        return complain(`This must be at least ${field.minimum}.`);
      }
      if (field.maximum !== null && value > field.maximum) {
        return complain(`This must be at most ${field.maximum}.`);
      }
      return value;
    }
    case "boolean":
      return draft === true;
    case "choice":
      if (draft === "") return missing();
      return field.options[Number(draft)];
    case "json":
      if (typeof draft !== "string" || draft.trim() === "") return missing();
      return parsed(draft, field.types, complain);
    case "list": {
      const items = typeof draft === "object" && "list" in draft ? draft.list : [];
      if (items.length < field.fewest) return complain(`At least ${field.fewest} are needed.`);
      return items.map((item, index) => read(field.item, item, true, [...path, index], complaints));
    }
    case "group": {
      const given = typeof draft === "object" && "members" in draft ? draft.members : {};
      const entries = field.members.map(({ name, required: needed, field: inner }) => [
        name,
        read(inner, given[name], needed, [...path, name], complaints),
      ]);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
    case "variants": {
      if (typeof draft !== "object" || !("variant" in draft)) return missing();
      const variant = field.variants[draft.variant];
      return variant && read(variant, draft.draft, true, path, complaints);
    }
  }
}

function fits(pattern: string | null, value: string): boolean {
  if (pattern === null) return true;
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true; // not a pattern of ours: Notion will say
  }
}

function parsed(textual: string, types: string[], complain: (about: string) => undefined): unknown {
  let value: unknown;
  try {
    value = JSON.parse(textual);
  } catch (fault) {
    return complain(`This is not JSON: ${fault instanceof Error ? fault.message : "malformed"}`);
  }
  const type = typeOf(value);
  const right =
    types.length === 0 || types.includes(type) || (type === "integer" && types.includes("number"));
  return right ? value : complain(`This must be ${types.join(" or ")}.`);
}

/** A tool's arguments, written as JSON. */
export function argumentsOf(
  textual: string,
  field: Field,
): { value: unknown; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const value = parsed(textual, ["object"], (about) => {
    complaints.push({ path: "", text: about });
    return undefined;
  });
  if (complaints.length === 0) check(field, value, [], complaints);
  return { value, complaints };
}

/** Says where a value cannot be what the field wants; what no field describes is let through. */
function check(field: Field, value: unknown, path: (string | number)[], complaints: Complaint[]) {
  const wrong = (wanted: string) =>
    complaints.push({ path: path.join("."), text: `This must be ${wanted}.` });
  switch (field.kind) {
    case "text":
      return typeof value === "string" || wrong("a text");
    case "number":
      return typeof value === "number" || wrong("a number");
    case "boolean":
      return typeof value === "boolean" || wrong("true or false");
    case "choice":
      return (
        field.options.includes(value) ||
        wrong(`one of ${field.options.map((one) => JSON.stringify(one)).join(", ")}`)
      );
    case "list":
      if (!Array.isArray(value)) return wrong("a list");
      for (const [index, item] of value.entries()) {
        check(field.item, item, [...path, index], complaints);
      }
      return;
    case "group":
      if (!isObject(value)) return wrong("an object");
      for (const { name, required, field: inner } of field.members) {
        if (value[name] === undefined || value[name] === null) {
          if (required)
            complaints.push({ path: [...path, name].join("."), text: "This is required." });
        } else check(inner, value[name], [...path, name], complaints);
      }
      return;
    case "variants": {
      const suits = field.variants.some((variant) => {
        const own: Complaint[] = [];
        check(variant, value, path, own);
        return own.length === 0;
      });
      return suits || wrong(`one of: ${field.variants.map(({ label }) => label).join(", ")}`);
    }
    case "json":
      return;
  }
}

/** A draft that says this value, for going back from JSON to the form; null where the form cannot. */
export function draftOf(field: Field, value: unknown): Draft | null {
  if (value === undefined || value === null) return undefined;
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? value : null;
    case "number":
      return typeof value === "number" ? String(value) : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "choice": {
      const index = field.options.indexOf(value);
      return index < 0 ? null : String(index);
    }
    case "json":
      return JSON.stringify(value, null, 2);
    case "list": {
      if (!Array.isArray(value)) return null;
      const list = value.map((item) => draftOf(field.item, item));
      return list.includes(null) ? null : { list: list as Draft[] };
    }
    case "group": {
      if (!isObject(value)) return null;
      const known = field.members.map(({ name }) => name);
      if (Object.keys(value).some((key) => !known.includes(key))) return null;
      const members: Record<string, Draft> = {};
      for (const { name, field: inner } of field.members) {
        const draft = draftOf(inner, value[name]);
        if (draft === null) return null;
        members[name] = draft;
      }
      return { members };
    }
    case "variants": {
      for (const [variant, inner] of field.variants.entries()) {
        const own: Complaint[] = [];
        check(inner, value, [], own);
        const draft = own.length === 0 ? draftOf(inner, value) : null;
        if (draft !== null) return { variant, draft };
      }
      return null;
    }
  }
}

const typeOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
};
const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string | null =>
  typeof value === "string" && value.trim() ? value : null;
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
