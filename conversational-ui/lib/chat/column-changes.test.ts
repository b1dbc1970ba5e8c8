import { expect, it } from "vitest";
import { columnChanges } from "@/lib/chat/column-changes";

const said = (statements: string) =>
  columnChanges(statements).map(({ before, after }) => [before, after]);

it("says which columns come, go and are called otherwise", () => {
  expect(
    said(`ADD COLUMN "Due; or not" DATE; drop column "Tags";RENAME COLUMN "A" TO "B c";`),
  ).toEqual([
    [null, '"Due; or not" DATE'],
    ['"Tags"', ""],
    ['"A"', '"B c"'],
  ]);
});

it.each([
  'ALTER COLUMN "A" SET NUMBER',
  'DROP COLUMN "A" AND MORE',
  'DROP TABLE "A"',
  `ADD COLUMN`,
])("shows what it does not know as it is: %s", (statement) => {
  expect(said(statement)).toEqual([[null, statement]]);
});

it("leaves nothing out where quotes do not end", () => {
  expect(said(`DROP COLUMN "A`).flat().join("")).toContain("DROP COLUMN");
  expect(said(`DROP COLUMN "A`).flat().join("")).toContain("A");
});
