import { expect, it } from "vitest";
import { faultIn } from "@/lib/chat/tool";

it.each([
  [
    "Notion's own",
    '{"name": "APIResponseError", "message": "There is no such page."}',
    "There is no such page.",
  ],
  ["one within", '{"error": {"message": "Too many requests."}}', "Too many requests."],
  ["words", "It does not work.\nat line 7", "It does not work."],
  ["JSON that says nothing", '{"message": ""}', '{"message": ""}'],
  ["JSON that is no object", "null", "null"],
  ["nothing", "", ""],
])("what an error says is the message in it: %s", (_, text, said) => {
  expect(faultIn(text)).toBe(said);
});

it("is a line, however long it is", () => {
  expect(faultIn("x".repeat(1000))).toHaveLength(300);
  expect(faultIn(JSON.stringify({ message: "x".repeat(1000) }))).toHaveLength(300);
});
