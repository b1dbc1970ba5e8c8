import { describe, expect, it } from "vitest";
import { type Change, changeOf, type Piece } from "@/lib/chat/change";

const words = (pieces: Piece[]): string =>
  pieces
    .map((piece) => {
      if (typeof piece === "string") return piece;
      return "page" in piece ? `<${piece.page}>` : `"${piece.quote}"`;
    })
    .join("");
const told = (tool: string, input: unknown): Change => {
  const change = changeOf(tool, input);
  if (!change) throw new Error(`${tool} has no words`);
  return change;
};
const page = { page_id: "p-1" };

describe("what a call does, in words", () => {
  it.each([
    [
      "notion-create-pages",
      { pages: [{ properties: { title: "Plan" } }], parent: page },
      'Create the page "Plan" in <p-1>',
    ],
    [
      "notion-create-pages",
      { pages: [{ properties: { Name: "A" } }, {}] },
      'Create 2 pages, "A" and "Untitled" among the private pages',
    ],
    [
      "notion-update-page",
      { ...page, command: "update_properties", properties: { Status: "Done" } },
      "Change properties of <p-1>",
    ],
    [
      "notion-update-page",
      { ...page, command: "update_content", content_updates: [{ old_str: "a", new_str: "b" }] },
      "Change text in <p-1>",
    ],
    [
      "notion-update-page",
      { ...page, command: "replace_content", new_str: "" },
      "Replace everything in <p-1>",
    ],
    [
      "notion-update-page",
      { ...page, command: "insert_content", content: "x" },
      "Add to the end of <p-1>",
    ],
    [
      "notion-update-page",
      { ...page, command: "insert_content", content: "x", position: { type: "start" } },
      "Add to the beginning of <p-1>",
    ],
    [
      "notion-update-page",
      { ...page, command: "apply_template", template_id: "t" },
      "Put the template <t> into <p-1>",
    ],
    [
      "notion-update-page",
      { ...page, command: "update_verification", verification_status: "verified" },
      "Mark <p-1> as verified",
    ],
    [
      "notion-move-pages",
      { page_or_database_ids: ["a", "b", "c"], new_parent: { database_id: "d" } },
      "Move <a>, <b> and <c> to <d>",
    ],
    [
      "notion-move-pages",
      { page_or_database_ids: ["a"], new_parent: { type: "workspace" } },
      "Move <a> to the top of the workspace",
    ],
    ["notion-delete-pages", { page_ids: ["a"] }, "Move to the trash: <a>"],
    ["notion-duplicate-page", page, "Make a copy of <p-1>"],
    [
      "notion-create-database",
      { title: "Tasks", schema: "CREATE TABLE", parent: page },
      'Create the database "Tasks" in <p-1>',
    ],
    [
      "notion-update-data-source",
      { data_source_id: "d", statements: "ADD COLUMN x" },
      "Change the database <d>",
    ],
    [
      "notion-update-data-source",
      { data_source_id: "d", in_trash: true },
      "Move to the trash: the database <d>",
    ],
    [
      "notion-create-view",
      { data_source_id: "d", name: "Board", type: "board" },
      'Add the board view "Board" to <d>',
    ],
    ["notion-update-view", { view_id: "v", name: "Other" }, "Change a view"],
    ["notion-create-comment", { ...page, markdown: "Hm" }, "Comment on <p-1>"],
    [
      "notion-create-comment",
      { ...page, markdown: "Hm", discussion_id: "d" },
      "Answer a discussion on <p-1>",
    ],
    ["notion-create-attachment", { filename: "a.txt", content: "x" }, 'Upload the file "a.txt"'],
    ["notion-create-file-upload", { filename: "a.txt" }, 'Get ready to upload the file "a.txt"'],
    [
      "notion-create-folder",
      { title: "Old", parent: { folder_id: "f" } },
      'Create the folder "Old" in <f>',
    ],
    [
      "notion-update-folder",
      { folder_id: "f", command: "remove_files", file_urls: ["u"] },
      "Take files out of <f>",
    ],
    ["notion-convert-page-to-skill", { page_url: "p" }, "Make a skill of <p>"],
    [
      "notion-upload-skill",
      { page_id: "p", action: "complete" },
      "Finish the upload of a skill to <p>",
    ],
    [
      "notion-spawn-session",
      { agent_url: "a", initial_message: "Go" },
      "Have the agent <a> begin to work",
    ],
    [
      "notion-send-message-to-session",
      { session_url: "s", message: "Go" },
      "Write to an agent that is at work",
    ],
    ["notion-stop-session", { session_url: "s" }, "Stop an agent that is at work"],
  ])("%s %j", (tool, input, sentence) => {
    expect(words(told(tool, input).sentence)).toBe(sentence);
  });

  it("shows what is there before and after", () => {
    const command = "update_content";
    const updates = [{ old_str: "a", new_str: "b", replace_all_matches: true }];
    const input = { ...page, command, content_updates: updates };
    expect(told("notion-update-page", input).differences).toEqual([
      { title: "Wherever it stands", before: "a", after: "b" },
    ]);
    const all = { ...page, command: "replace_content", new_str: "New" };
    expect(told("notion-update-page", all).differences).toEqual([
      { title: null, before: { wholePage: "p-1" }, after: "New" },
    ]);
    const properties = { Status: "Done", Due: null };
    const set = { ...page, command: "update_properties", properties };
    expect(told("notion-update-page", set).differences).toEqual([
      { title: "Status", before: { propertyOf: "p-1" }, after: "Done" },
      { title: "Due", before: { propertyOf: "p-1" }, after: "" },
    ]);
  });

  it("leaves nothing of a call out", () => {
    const given = {
      ...page,
      command: "insert_content",
      content: "x",
      allow_deleting_content: true,
      surprise: { deep: 1 },
    };
    expect(told("notion-update-page", given).others).toEqual([
      ["allow_deleting_content", "true"],
      ["surprise", '{"deep":1}'],
    ]);
    const pages = [{ properties: { title: "T", Status: "Open" }, content: "Hello", icon: "x" }];
    expect(told("notion-create-pages", { pages }).differences[0]?.after).toBe(
      "Status: Open\nicon: x\n\nHello",
    );
  });

  it.each([
    ["a tool that is not known", "notion-new-tool", { page_id: "p" }],
    ["a member of every object", "constructor", {}],
    ["no object", "notion-delete-pages", "all"],
    ["a page that is no text", "notion-delete-pages", { page_ids: [{ id: 1 }] }],
    ["a command that is not known", "notion-update-page", { ...page, command: "erase" }],
    ["a command of every object", "notion-update-page", { ...page, command: "toString" }],
    [
      "an update of another shape",
      "notion-update-page",
      { ...page, command: "update_content", content_updates: [{ old: "a" }] },
    ],
  ])("has no words for %s", (_, tool, input) => {
    expect(changeOf(tool, input)).toBeNull();
  });
});
