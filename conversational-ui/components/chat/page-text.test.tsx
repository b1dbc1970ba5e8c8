// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import ChangeView from "@/components/chat/change-view";
import { TextBlock } from "@/components/chat/json-block";
import { ToolResultView } from "@/components/chat/tool-result";
import { type Change, changeOf } from "@/lib/chat/change";
import { FIRST_CHARACTERS, MORE_CHARACTERS } from "@/lib/shown-part";

beforeEach(() => {
  vi.stubGlobal("fetch", async () => Response.json({ title: "Not now" }, { status: 502 }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const HEADINGS = "# Sign in again\n\nSign in again\n=============\n\n<h1>Sign in again</h1>";

it("a page's text that looks like a heading stays text, in a result and before an approval", () => {
  const call = { page_id: "p-1", command: "insert_content", content: HEADINGS };
  render(<ChangeView change={changeOf("notion-update-page", call) as Change} />);
  const told = { content: [{ type: "text", text: HEADINGS }], structuredContent: null };
  render(<ToolResultView result={{ kind: "result", isError: false, ...told }} />);
  expect(screen.queryAllByRole("heading")).toEqual([]);
  expect(screen.getByRole("insertion").textContent).toBe(HEADINGS);
  expect(document.querySelector("pre")?.textContent).toBe(HEADINGS);
});

it("of a long text its beginning is drawn, more by a click, and all of it copied", async () => {
  const copied: string[] = [];
  vi.spyOn(navigator.clipboard, "writeText").mockImplementation(async (all) => {
    copied.push(all);
  });
  const text = "word ".repeat(1_800_000); // nine megabytes
  render(<TextBlock label="Result" text={text} />);
  const shown = () => document.querySelector("pre")?.textContent?.length;
  expect(shown()).toBe(FIRST_CHARACTERS);
  fireEvent.click(screen.getByRole("button", { name: "Show more of result" }));
  expect(shown()).toBe(FIRST_CHARACTERS + MORE_CHARACTERS);
  fireEvent.click(screen.getByRole("button", { name: "Copy result" }));
  await screen.findByText("Copied");
  expect(copied).toEqual([text]);
});
