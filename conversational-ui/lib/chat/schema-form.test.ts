import { describe, expect, it } from "vitest";
import {
  argumentsOf,
  type Draft,
  draftOf,
  emptyDraft,
  type Field,
  fieldOf,
  readDraft,
} from "@/lib/chat/schema-form";

const schema = {
  type: "object",
  required: ["query", "pages"],
  properties: {
    limit: { type: "integer", minimum: 1, maximum: 100 },
    query: { type: "string", description: "What to look for" },
    sort: { enum: ["relevance", "last_edited"] },
    title_only: { type: "boolean" },
    ratio: { type: ["number", "null"] },
    anything: {},
    pages: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["title"],
        properties: { title: { type: "string" }, content: { type: "string" } },
      },
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
  $defs: { id: { type: "string", pattern: "^[0-9a-f-]+$" } },
};

const members = (field: Field) =>
  field.kind === "group"
    ? Object.fromEntries(field.members.map((member) => [member.name, member]))
    : {};
const group = (draft: Draft) =>
  typeof draft === "object" && "members" in draft ? draft.members : {};

describe("a form from a schema", () => {
  const field = fieldOf(schema);

  it("has a field of the right kind for each argument, what is required first", () => {
    const kinds = Object.entries(members(field)).map(([name, { field: inner }]) => [
      name,
      inner.kind,
    ]);
    expect(Object.fromEntries(kinds)).toEqual({
      query: "text",
      pages: "list",
      limit: "number",
      sort: "choice",
      title_only: "boolean",
      ratio: "number",
      anything: "json",
      parent: "variants",
    });
    expect(kinds.slice(0, 2).map(([name]) => name)).toEqual(["query", "pages"]);
  });

  it("names variants by what tells them apart, and follows references", () => {
    const parent = members(field).parent?.field;
    if (parent?.kind !== "variants") throw new Error("no variants");
    expect(parent.variants.map(({ label }) => label)).toEqual(["page_id", "database_id"]);
    const id = members(parent.variants[1] as Field).database_id?.field;
    expect(id).toMatchObject({ kind: "text", pattern: "^[0-9a-f-]+$" });
  });

  it("ends where a schema contains itself", () => {
    const endless = { $ref: "#/$defs/node", $defs: { node: {} } };
    Object.assign(endless.$defs.node, {
      type: "object",
      properties: { child: { $ref: "#/$defs/node" } },
    });
    expect(JSON.stringify(fieldOf(endless)).length).toBeLessThan(5000);
    expect(fieldOf({ $ref: "#" })).toMatchObject({ kind: "json" });
    expect(fieldOf({ $ref: "https://elsewhere.example/schema" })).toMatchObject({ kind: "json" });
  });

  it("leaves out what nobody filled in, and says what is missing", () => {
    const draft = emptyDraft(field);
    expect(readDraft(field, draft).value).toEqual({ query: "", pages: [{ title: "" }] });
    const { complaints } = readDraft(field, { members: {} });
    expect(complaints).toEqual([
      { path: "query", text: "This is required." },
      { path: "pages", text: "This is required." },
    ]);
  });

  it("reads numbers, choices, lists and variants, and complains at the right place", () => {
    const filled = {
      members: {
        ...group(emptyDraft(field)),
        query: "x",
        limit: "2",
        sort: "1",
        title_only: true,
        ratio: "0.5",
        anything: '{"a": [1]}',
        parent: { variant: 1, draft: { members: { type: "0", database_id: "ab-1" } } },
      },
    };
    expect(readDraft(field, filled)).toEqual({
      complaints: [],
      value: {
        query: "x",
        pages: [{ title: "" }],
        limit: 2,
        sort: "last_edited",
        title_only: true,
        ratio: 0.5,
        anything: { a: [1] },
        parent: { type: "database_id", database_id: "ab-1" },
      },
    });
    const wrong = {
      members: {
        ...filled.members,
        limit: "1.5",
        ratio: "much",
        anything: "{",
        parent: { variant: 1, draft: { members: { type: "0", database_id: "XYZ" } } },
      },
    };
    expect(readDraft(field, wrong).complaints.map(({ path }) => path)).toEqual([
      "limit",
      "ratio",
      "anything",
      "parent.database_id",
    ]);
  });

  it("goes to JSON and back without a loss", () => {
    const value = {
      query: "x",
      pages: [{ title: "One", content: "Text" }, { title: "Two" }],
      parent: { type: "page_id", page_id: "p" },
    };
    const draft = draftOf(field, value);
    expect(readDraft(field, draft as Draft).value).toEqual(value);
  });

  it("does not drop what it has no place for", () => {
    expect(draftOf(field, { query: "x", pages: [], unknown: 1 })).toBeNull();
    expect(draftOf(field, { query: 3, pages: [] })).toBeNull();
  });
});

describe("arguments as JSON", () => {
  const field = fieldOf(schema);

  it("are let through with members the schema does not name", () => {
    const text = '{"query": "x", "pages": [{"title": "t"}], "unknown": 1}';
    expect(argumentsOf(text, field)).toEqual({ value: JSON.parse(text), complaints: [] });
  });

  it.each([
    ["[]", "", "This must be object."],
    ['{"pages": [{"title": "t"}]}', "query", "This is required."],
    ['{"query": "x", "pages": [{}]}', "pages.0.title", "This is required."],
    ['{"query": "x", "pages": [{"title": 1}]}', "pages.0.title", "This must be a text."],
    [
      '{"query": "x", "pages": [], "parent": {"type": "no"}}',
      "parent",
      "This must be one of: page_id, database_id.",
    ],
  ])("%s is refused", (text, path, complaint) => {
    expect(argumentsOf(text, field).complaints).toEqual([{ path, text: complaint }]);
  });

  it("says that something is no JSON", () => {
    expect(argumentsOf("{", field).complaints[0]?.text).toMatch(/^This is not JSON/);
  });
});
