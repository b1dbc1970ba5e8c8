import type { Difference } from "@/lib/chat/change";

const STATEMENT = /(?:"[^"]*"|'[^']*'|[^;"'])+/g;
const NAME = `("[^"]*"|[^\\s"]+)`;
const ADD = /^ADD\s+COLUMN\s+(.+)$/is;
const DROP = new RegExp(`^DROP\\s+COLUMN\\s+${NAME}$`, "i");
const RENAME = new RegExp(`^RENAME\\s+COLUMN\\s+${NAME}\\s+TO\\s+${NAME}$`, "i");

/** What `notion-update-data-source` does to columns; a statement that is not known stays as it is. */
export function columnChanges(statements: string): Difference[] {
  return (statements.match(STATEMENT) ?? []).flatMap((raw) => {
    const statement = raw.trim();
    return statement ? [changeOf(statement)] : [];
  });
}

function changeOf(statement: string): Difference {
  const [, added] = ADD.exec(statement) ?? [];
  if (added) return { title: "A new column", before: null, after: added };
  const [, dropped] = DROP.exec(statement) ?? [];
  if (dropped)
    return { title: "A column that goes, with all it holds", before: dropped, after: "" };
  const [, from, to] = RENAME.exec(statement) ?? [];
  if (from && to) return { title: "Another name for a column", before: from, after: to };
  return { title: "A change of its columns", before: null, after: statement };
}
