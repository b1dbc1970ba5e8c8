// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import SchemaForm from "@/components/console/form/schema-form";
import { toolForm } from "@/lib/console/form-schema";

afterEach(cleanup);

/** Shaped as the schemas of Notion's own tools are. */
const CREATE_PAGES = {
  type: "object",
  required: ["pages"],
  properties: {
    pages: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        properties: {
          properties: { type: "object", additionalProperties: {} },
          content: { type: "string" },
          is_skill: { type: "boolean" },
        },
        additionalProperties: {},
      },
    },
    parent: {
      oneOf: ["page_id", "database_id"].map((name) => ({
        type: "object",
        properties: { [name]: { type: "string" }, type: { const: name } },
        required: [name],
        additionalProperties: {},
      })),
    },
    mode: { type: "string", enum: ["draft", "final"] },
  },
};

function open(schema: Record<string, unknown>, given?: unknown) {
  const onFilled = vi.fn();
  const form = toolForm(schema);
  if (!form) throw new Error("no form");
  function Opened() {
    const [value, setValue] = useState(given);
    return (
      <SchemaForm form={form as never} value={value} onValue={setValue} onFilled={onFilled}>
        <button type="submit">Run</button>
      </SchemaForm>
    );
  }
  render(<Opened />);
  return { onFilled, submit: () => fireEvent.click(screen.getByRole("button", { name: "Run" })) };
}
const type = (label: RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

it("an untouched form sends nothing, and says what is required", () => {
  const { onFilled, submit } = open(CREATE_PAGES);
  submit();
  expect(onFilled).not.toHaveBeenCalled();
  expect(screen.getByText("This is required.")).toBeDefined();
  type(/^content/, "Hello");
  expect(screen.queryByText("This is required.")).toBeNull(); // it vanishes when corrected
  submit();
  expect(onFilled).toHaveBeenCalledExactlyOnceWith({ pages: [{ content: "Hello" }] });
});

it("what is optional is left out until it is filled in; a choice among forms is one of them", () => {
  const { onFilled, submit } = open(CREATE_PAGES, { pages: [{ content: "Hello" }] });
  const parent = screen.getByText("parent").closest("fieldset") as HTMLElement;
  fireEvent.click(within(parent).getByRole("button", { name: "Add" }));
  submit();
  expect(onFilled).not.toHaveBeenCalled();
  fireEvent.change(screen.getByLabelText("Form of parent"), { target: { value: "1" } });
  type(/^database_id/, "d-1");
  fireEvent.change(screen.getByLabelText(/^mode/), { target: { value: "1" } });
  submit();
  expect(onFilled).toHaveBeenCalledExactlyOnceWith({
    pages: [{ content: "Hello" }],
    parent: { type: "database_id", database_id: "d-1" },
    mode: "final",
  });
});

it("what suits no field is written as JSON, and nothing else is taken for it", () => {
  const { onFilled, submit } = open(CREATE_PAGES);
  type(/^properties/, '{"title": "By');
  submit();
  expect(screen.getByText(/^This is not JSON/)).toBeDefined();
  type(/^properties/, '{"title": "By hand"}');
  submit();
  expect(onFilled).toHaveBeenCalledExactlyOnceWith({
    pages: [{ properties: { title: "By hand" } }],
  });
});

it("what stands in a list is called by its place", () => {
  open(CREATE_PAGES, { pages: [{ content: "Hello" }] });
  expect(screen.getByText("Item 1").textContent).toBe("Item 1");
  expect(screen.queryByText(/pages-1/)).toBeNull();
});

it("a number that is none stays there and is said to be none", () => {
  const { onFilled, submit } = open({
    type: "object",
    required: ["query"],
    properties: { query: { type: "string" }, size: { type: "integer", maximum: 50 } },
  });
  type(/^query/, "x");
  type(/^size/, "many");
  submit();
  expect(screen.getByText("This must be a whole number.")).toBeDefined();
  type(/^size/, "70");
  expect(screen.getByText("This must be at most 50.")).toBeDefined();
  type(/^size/, "20");
  submit();
  expect(onFilled).toHaveBeenCalledExactlyOnceWith({ query: "x", size: 20 });
});

it("a hostile schema is text, and nothing of it runs or leads anywhere", () => {
  const hostile = '<img src=x onerror="window.broken = 1">[click](javascript:alert(1))';
  open({
    type: "object",
    title: hostile,
    description: hostile,
    required: [hostile],
    properties: {
      [hostile]: { type: "string", title: hostile, description: hostile, format: "data-url" },
      options: { enum: [hostile], title: hostile },
      evil: { type: "string", default: hostile, pattern: "^(a+)+$" },
    },
  });
  expect(document.querySelectorAll("img, a, script, iframe, input[type=file]")).toHaveLength(0);
  expect(screen.getAllByText(/onerror/).length).toBeGreaterThan(1);
  const filled = [...document.querySelectorAll("input")].filter(({ value }) => value !== "");
  expect(filled).toEqual([]);
});
