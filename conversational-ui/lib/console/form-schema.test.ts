import { describe, expect, it } from "vitest";
import { complaintsOf, filledIn, hasPlaceFor, isEmpty, isValid } from "@/lib/console/form-check";
import { type FormSchema, toolForm } from "@/lib/console/form-schema";

const id = { type: "string", pattern: "^(a+)+$" };
const schema = {
  type: "object",
  required: ["pages", "query"],
  properties: {
    limit: { type: "integer", minimum: 1, maximum: 100, default: 10 },
    query: { type: "string", description: "What to look for" },
    sort: { enum: ["relevance", "last_edited", null] },
    ratio: { type: ["number", "null"] },
    anything: {},
    values: { type: "object", additionalProperties: true },
    pages: {
      type: "array",
      minItems: 1,
      items: { type: "object", properties: { title: { type: "string" }, content: id } },
    },
    parent: {
      anyOf: [
        {
          type: "object",
          required: ["type", "page_id"],
          properties: { type: { const: "page_id" }, page_id: { type: "string" } },
        },
        {
          type: "object",
          required: ["type", "database_id"],
          properties: { type: { const: "database_id" }, database_id: { $ref: "#/$defs/id" } },
        },
        { type: "null" },
      ],
    },
  },
  $defs: { id },
};
const form = toolForm(schema);
if (!form) throw new Error("no form");
const complaints = (value: unknown, mayBeEmpty = false) =>
  complaintsOf(form.schema, value, { mayBeEmpty }).map(
    ({ path, text }) => `${path.join(".")}: ${text}`,
  );

describe("a form of a tool's schema", () => {
  it("has a field for each argument, and JSON for what suits none", () => {
    const { properties, required } = form.schema;
    expect(required).toEqual(["query", "pages"]);
    expect(properties?.limit).toEqual({
      title: "limit",
      description: "Without it: 10.",
      type: "integer",
      minimum: 1,
      maximum: 100,
    });
    expect(properties?.sort?.enum).toEqual(["relevance", "last_edited"]);
    expect(properties?.ratio?.type).toBe("number");
    expect(form.look.anything).toMatchObject({ "ui:field": "json" });
    expect(form.look.values).toMatchObject({ "ui:field": "json" });
    expect(form.look.pages).toMatchObject({ items: { content: { "ui:widget": "textarea" } } });
  });

  it("names variants by what tells them apart, follows references, and runs no pattern", () => {
    const parent = form.schema.properties?.parent;
    expect(parent?.oneOf?.map(({ title }) => title)).toEqual(["page_id", "database_id"]);
    expect(parent?.oneOf?.[1]?.properties?.database_id).toEqual({
      title: "database_id",
      type: "string",
    });
    expect(JSON.stringify(form.schema)).not.toContain("pattern");
  });

  it("is none where the schema is too large, or is no object's", () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => {
        const next = { $ref: `#/$defs/d${at + 1}` };
        return [`d${at}`, { type: "object", properties: { a: next, b: next, c: next, d: next } }];
      }),
    );
    expect(toolForm({ $ref: "#/$defs/d0", $defs: doubled })).toBeNull();
    expect(toolForm({ type: "string" })).toBeNull();
    expect(toolForm({ type: "object", properties: JSON.parse('{"__proto__": {}}') })).toBeNull();
    expect(toolForm({ type: "object", properties: { "ui:field": { type: "string" } } })).toBeNull();
  });

  it("ends where a schema contains itself", () => {
    const tree = { type: "object", properties: { child: { $ref: "#" }, name: { type: "string" } } };
    let deepest: FormSchema | undefined = toolForm(tree)?.schema;
    let depth = 0;
    for (; deepest?.properties; depth++) deepest = deepest.properties.child;
    expect(depth).toBeGreaterThan(2);
    expect(depth).toBeLessThan(12);
    expect(toolForm({ $ref: "https://evil.example/schema.json" })).toBeNull();
  });

  it("is empty for a tool without arguments", () => {
    expect(toolForm({ type: "object" })?.schema.properties).toEqual({});
  });
});

describe("what is filled in", () => {
  it("has all that is required, which blanks are not", () => {
    expect(complaints({})).toEqual(["query: This is required.", "pages: This is required."]);
    expect(complaints({ query: "  ", pages: [{}] })).toEqual([
      "query: This is required.",
      "pages: This is required.",
    ]);
    expect(complaints({ query: "x", pages: [{ title: "x" }, {}] })).toEqual([
      "pages.1: This is required.",
    ]);
    expect(complaints({ query: "x", pages: [{ title: "x" }] })).toEqual([]);
    expect(complaints({ query: "", pages: [{}] }, true)).toEqual([]);
    expect(complaints({ pages: [] }, true)).toEqual([
      "query: This is required.",
      "pages: At least 1 is needed.",
    ]);
  });

  it("is what the schema says, in words for a person", () => {
    const rest = { query: "x", pages: [{ title: "x" }] };
    expect(complaints({ ...rest, limit: 0.5 })).toEqual(["limit: This must be a whole number."]);
    expect(complaints({ ...rest, limit: 500 })).toEqual(["limit: This must be at most 100."]);
    expect(complaints({ ...rest, limit: "many" })).toEqual(["limit: This must be a whole number."]);
    expect(complaints({ ...rest, pages: "no" })).toEqual(["pages: This must be a list."]);
    expect(complaints({ ...rest, sort: "age" })).toEqual([
      'sort: This must be one of "relevance", "last_edited".',
    ]);
    expect(complaints({ ...rest, pages: [{ title: "x" }, { title: 7 }] })).toEqual([
      "pages.1.title: This must be a text.",
    ]);
  });

  it("is held against the nearest of several forms", () => {
    const rest = { query: "x", pages: [{ title: "x" }] };
    expect(complaints({ ...rest, parent: { type: "database_id" } })).toEqual([
      "parent.database_id: This is required.",
    ]);
    expect(complaints({ ...rest, parent: { type: "page_id", page_id: "1" } })).toEqual([]);
  });

  it("is sent without what was left empty", () => {
    const value = { a: undefined, b: " ", c: { d: [] }, e: [{ f: "", g: false }], h: 0 };
    expect(filledIn(value)).toEqual({ e: [{ g: false }], h: 0 });
    expect(isEmpty({ a: [undefined, { b: "" }] })).toBe(true);
    expect(isEmpty({ a: false })).toBe(false);
  });

  it("is JSON where the form would hide some of it", () => {
    expect(hasPlaceFor(form.schema, { query: "x", values: { any: [1] } })).toBe(true);
    expect(hasPlaceFor(form.schema, { query: "x", toString: "unseen" })).toBe(false);
    expect(hasPlaceFor(form.schema, { pages: [{ title: "x", hidden: 1 }] })).toBe(false);
    expect(hasPlaceFor(form.schema, { parent: { type: "page_id", other: 1 } })).toBe(false);
  });

  it("is checked without making a program of the schema", () => {
    const made = globalThis.Function;
    globalThis.Function = (() => {
      throw new EvalError("refused by the content-security policy");
    }) as unknown as FunctionConstructor;
    try {
      expect(isValid(form.schema, { query: "x", pages: [{ title: "x" }] })).toBe(true);
      expect(isValid(form.schema, { query: "x" })).toBe(false);
    } finally {
      globalThis.Function = made;
    }
  });
});
