import { describe, expect, it } from "vitest";
import { editableTexts, withTexts } from "@/lib/chat/editing";

const labels = (tool: string, input: unknown) =>
  editableTexts(tool, input).map(({ label, text }) => [label, text]);

describe("what may be put into other words before it is allowed", () => {
  it.each([
    [
      "notion-create-pages",
      { pages: [{ properties: { title: "T" }, content: "C" }, { content: "D" }] },
      [
        ["Title", "T"],
        ["Content", "C"],
        ["Content of page 2", "D"],
      ],
    ],
    [
      "notion-update-page",
      { page_id: "p", command: "insert_content", content: "New" },
      [["What is added", "New"]],
    ],
    [
      "notion-update-page",
      { page_id: "p", command: "replace_content", new_str: "All" },
      [["The new content", "All"]],
    ],
    [
      "notion-update-page",
      { page_id: "p", content_updates: [{ old_str: "a", new_str: "b" }] },
      [["The new text", "b"]],
    ],
    ["notion-create-comment", { page_id: "p", markdown: "Hm" }, [["Comment", "Hm"]]],
    ["notion-create-database", { title: "Tasks", schema: "x" }, [["Title", "Tasks"]]],
    ["notion-create-view", { data_source_id: "d", name: "Board" }, [["Name", "Board"]]],
    ["notion-create-attachment", { filename: "a.md", content: "A" }, [["Content", "A"]]],
    ["notion-create-folder", { title: "F" }, [["Title", "F"]]],
    ["notion-update-folder", { folder_id: "f", title: "F" }, [["Title", "F"]]],
    [
      "notion-spawn-session",
      { agent_url: "u", initial_message: "Go" },
      [["What it is told", "Go"]],
    ],
    [
      "notion-send-message-to-session",
      { session_url: "u", message: "On" },
      [["What it is told", "On"]],
    ],
  ])("%s", (tool, input, expected) => {
    expect(labels(tool, input)).toEqual(expected);
  });

  it.each([
    ["notion-delete-pages", { page_ids: ["p"] }],
    ["notion-move-pages", { page_or_database_ids: ["p"], new_parent: { page_id: "q" } }],
    ["unknown-tool", { content: "text" }],
    ["constructor", { content: "text" }],
    ["notion-create-comment", "text"],
    ["notion-create-pages", { pages: "text" }],
    ["notion-create-comment", { markdown: 3 }],
  ])("is nothing of %s given %o", (tool, input) => {
    expect(editableTexts(tool, input)).toEqual([]);
  });

  it("changes those texts and nothing else", () => {
    const input = {
      parent: { page_id: "p" },
      pages: [{ properties: { title: "T" }, content: "C" }],
    };
    const [title] = editableTexts("notion-create-pages", input);
    expect(withTexts(input, title ? [{ ...title, text: "U" }] : [])).toEqual({
      parent: { page_id: "p" },
      pages: [{ properties: { title: "U" }, content: "C" }],
    });
    expect(input.pages[0]?.properties.title).toBe("T");
    expect(withTexts("x", [{ path: ["a"], label: "", text: "y" }])).toBe("x");
  });
});
