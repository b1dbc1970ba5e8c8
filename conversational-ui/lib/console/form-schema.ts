import type { JsonSchema } from "@/lib/chat/tool";

/**
 * What a form is made of: of a tool's schema, which somebody else wrote, only what is known here.
 * Its patterns are not among that, because they are programs that may never end (ReDoS), nor is
 * what it names elsewhere. Whatever is left out is checked by the tool itself.
 */
export interface FormSchema extends Limits {
  type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
  title?: string;
  description?: string;
  properties?: Record<string, FormSchema>;
  required?: string[];
  items?: FormSchema;
  oneOf?: FormSchema[];
  enum?: unknown[];
  const?: unknown;
}

type Limits = Partial<Record<(typeof LIMITS)[number], number>>;

/** What the form library is told of each field besides; ``json``: it is written as JSON. */
export interface FormLook {
  "ui:field"?: "json";
  "ui:widget"?: "hidden" | "textarea";
  "ui:fieldReplacesAnyOrOneOf"?: boolean;
  items?: FormLook;
  oneOf?: FormLook[];
  [property: string]: unknown;
}

export interface ToolForm {
  schema: FormSchema;
  look: FormLook;
}

const LIMITS = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"] as const;
const DEEPEST = 8;
const MOST_FIELDS = 1000;
/** No names for what a person fills in: they belong to every object, or to the form library. */
const IS_NO_NAME = /^(__proto__|constructor|prototype)$|^ui:/;

class TooLarge extends Error {}

/** Null where the tool's arguments suit no form. */
export function toolForm(schema: JsonSchema): ToolForm | null {
  try {
    const form = new Reading(schema).read(schema, "", 0);
    return form.schema.type === "object" && !form.look["ui:field"] ? form : null;
  } catch (fault) {
    if (fault instanceof TooLarge) return null;
    throw fault;
  }
}

class Reading {
  #fields = 0;

  constructor(readonly root: JsonSchema) {}

  read(given: unknown, name: string, depth: number): ToolForm {
    this.#fields += 1;
    if (this.#fields > MOST_FIELDS) throw new TooLarge();
    const schema = this.#resolved(given);
    const named = words(schema, name);
    const json: ToolForm = { schema: named, look: AS_JSON };
    if (depth > DEEPEST) return json;
    const variants = alternatives(schema);
    const [only] = variants;
    if (variants.length === 1 && isObject(only)) {
      const { anyOf: _, oneOf: __, ...rest } = schema;
      return this.read({ ...rest, ...this.#resolved(only), ...named }, name, depth + 1);
    }
    if (variants.length > 1) return this.#union(variants, named, depth);
    if (schema.const !== undefined) {
      return { schema: { ...named, const: schema.const }, look: { "ui:widget": "hidden" } };
    }
    if (Array.isArray(schema.enum)) return choice(named, schema.enum);
    const types = typesOf(schema);
    if (types.length !== 1) return json;
    switch (types[0]) {
      case "string": {
        const look: FormLook = isLong(name, schema) ? { "ui:widget": "textarea" } : {};
        return { schema: { ...named, type: "string", ...limits(schema) }, look };
      }
      case "number":
      case "integer":
      case "boolean":
        return { schema: { ...named, type: types[0], ...limits(schema) }, look: {} };
      case "array": {
        if (!isObject(schema.items)) return json;
        const item = this.read(schema.items, "", depth + 1);
        if (item.look["ui:field"]) return json;
        const array = { ...named, type: "array" as const, ...limits(schema) };
        return { schema: { ...array, items: item.schema }, look: { items: item.look } };
      }
      case "object":
        return this.#object(schema, named, depth) ?? json;
      default:
        return json;
    }
  }

  #object(schema: JsonSchema, named: FormSchema, depth: number): ToolForm | null {
    const given = isObject(schema.properties) ? Object.entries(schema.properties) : [];
    // A map of anything has no fields; a tool without arguments has none to show either.
    if (given.length === 0 && depth > 0) return null;
    const needed = Array.isArray(schema.required) ? schema.required : [];
    const properties: Record<string, FormSchema> = {};
    const look: FormLook = {};
    for (const [name, value] of given) {
      if (IS_NO_NAME.test(name)) return null;
      const member = this.read(value, name, depth + 1);
      properties[name] = member.schema;
      look[name] = member.look;
    }
    const required = Object.keys(properties).filter((name) => needed.includes(name));
    return { schema: { ...named, type: "object", properties, required }, look };
  }

  #union(variants: unknown[], named: FormSchema, depth: number): ToolForm {
    const resolved = variants.map((one) => this.#resolved(one));
    const constants = resolved.map((one) => one.const);
    if (constants.every((one) => one !== undefined)) return choice(named, constants);
    const read = resolved.map((one, index) => {
      const form = this.read(one, "", depth + 1);
      return { ...form, schema: { ...form.schema, title: variantName(one, index) } };
    });
    // Objects alone are told apart by their fields; a choice among others is written as JSON.
    const areObjects = read.every(({ schema }) => schema.type === "object");
    if (!areObjects) return { schema: named, look: AS_JSON };
    return {
      schema: { ...named, type: "object", oneOf: read.map(({ schema }) => schema) },
      look: { oneOf: read.map(({ look }) => look) },
    };
  }

  /** Follows ``$ref`` within the document; what it names elsewhere is anything. */
  #resolved(given: unknown): JsonSchema {
    let schema = isObject(given) ? given : {};
    for (let hops = 0; hops < DEEPEST && typeof schema.$ref === "string"; hops++) {
      const { $ref, ...beside } = schema;
      const steps = ($ref as string).startsWith("#") ? ($ref as string).split("/").slice(1) : null;
      const target = steps?.reduce<unknown>(
        (value, step) => member(value, step.replaceAll("~1", "/").replaceAll("~0", "~")),
        this.root,
      );
      schema = { ...(isObject(target) ? target : {}), ...beside };
    }
    return schema;
  }
}

const AS_JSON: FormLook = { "ui:field": "json", "ui:fieldReplacesAnyOrOneOf": true };

function words(schema: JsonSchema, name: string): FormSchema {
  const [title, description] = [text(schema.title) ?? name, text(schema.description)];
  const standard = isPlain(schema.default) ? `Without it: ${String(schema.default)}.` : null;
  const said = [description, standard].filter(Boolean).join(" ");
  return { ...(title ? { title } : {}), ...(said ? { description: said } : {}) };
}

/** Null is no choice of its own: the field is left out instead. */
function choice(named: FormSchema, options: unknown[]): ToolForm {
  const given = options.filter((one) => isPlain(one));
  const { length } = options.filter((one) => one !== null);
  if (given.length === 0 || given.length < length) return { schema: named, look: AS_JSON };
  const areTexts = given.every((one) => typeof one === "string");
  return { schema: { ...named, ...(areTexts ? { type: "string" } : {}), enum: given }, look: {} };
}

function limits(schema: JsonSchema): Limits {
  const known = LIMITS.map((name) => [name, schema[name]] as const);
  return Object.fromEntries(known.filter(([, value]) => Number.isFinite(value)));
}

function alternatives({ anyOf, oneOf }: JsonSchema): unknown[] {
  const given = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  return given.filter((one) => !isObject(one) || one.type !== "null");
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
  return Object.keys(properties)[0] ?? `Form ${index + 1}`;
}

function typesOf({ type, properties, items }: JsonSchema): unknown[] {
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.filter((one) => one !== "null");
  if (isObject(properties)) return ["object"];
  return isObject(items) ? ["array"] : [];
}

const LONG = /content|markdown|body|text|message|_str$|description|sql|statements?/i;
const isLong = (name: string, schema: JsonSchema) =>
  LONG.test(name) || (typeof schema.maxLength === "number" && schema.maxLength > 400);

const member = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPlain = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
const text = (value: unknown): string | null =>
  typeof value === "string" && value.trim() ? value.trim() : null;
