import type { Difference, Piece } from "@/lib/chat/change";
import { columnChanges } from "@/lib/chat/column-changes";

export type Given = Record<string, unknown>;

/** What a builder has not put into words is shown by its name. */
export interface Told {
  sentence: Piece[];
  differences?: Difference[];
  said: string[];
}

/** For each writing tool that is known. */
export const TOOLS: Record<string, (given: Given) => Told | null> = {
  "notion-create-pages": ({ pages, parent }) => {
    if (!Array.isArray(pages) || pages.length === 0 || !pages.every(isRecord)) return null;
    const titles = pages.map(({ properties }) => titleIn(properties) ?? "Untitled");
    const what: Piece[] = [
      pages.length === 1 ? "Create the page " : `Create ${pages.length} pages, `,
    ];
    const differences = pages.map((page, at) => ({
      title: titles[at] ?? null,
      before: null,
      after: [propertiesOf(page, titles[at]), text(page.content)].filter(Boolean).join("\n\n"),
    }));
    return {
      sentence: [...what, ...listed(titles.map((quote) => ({ quote }))), ...within(parent)],
      differences: differences.filter(({ after }) => after),
      said: ["pages", "parent"],
    };
  },

  "notion-update-page": (given) => {
    const page = given.page_id;
    if (!isText(page)) return null;
    const told = ownOf(PAGE_COMMANDS, String(given.command))?.(given, { page });
    return told ? { ...told, said: ["page_id", "command", ...told.said] } : null;
  },

  "notion-move-pages": ({ page_or_database_ids: ids, new_parent: parent }) => {
    const to = parentPiece(parent);
    if (!areTexts(ids) || !to) return null;
    return {
      sentence: ["Move ", ...listed(ids.map((page) => ({ page }))), " to ", ...to],
      said: ["page_or_database_ids", "new_parent"],
    };
  },

  "notion-delete-pages": ({ page_ids: ids }) =>
    areTexts(ids)
      ? {
          sentence: ["Move to the trash: ", ...listed(ids.map((page) => ({ page })))],
          said: ["page_ids"],
        }
      : null,

  "notion-duplicate-page": ({ page_id: page }) =>
    isText(page) ? { sentence: ["Make a copy of ", { page }], said: ["page_id"] } : null,

  "notion-create-database": ({ title, parent, schema }) => ({
    sentence: ["Create the database ", { quote: text(title) || "Untitled" }, ...within(parent)],
    differences: isText(schema) ? [{ title: "Its columns", before: null, after: schema }] : [],
    said: ["title", "parent", ...(isText(schema) ? ["schema"] : [])],
  }),

  "notion-update-data-source": ({ data_source_id: page, statements, in_trash: trash }) => {
    if (!isText(page)) return null;
    return {
      sentence: [
        trash === true ? "Move to the trash: the database " : "Change the database ",
        { page },
      ],
      differences: isText(statements) ? columnChanges(statements) : [],
      said: [
        "data_source_id",
        ...(trash === true ? ["in_trash"] : []),
        ...(isText(statements) ? ["statements"] : []),
      ],
    };
  },

  "notion-create-view": ({ data_source_id: page, name, type }) =>
    isText(page) && isText(name) && isText(type)
      ? {
          sentence: [`Add the ${type} view `, { quote: name }, " to ", { page }],
          said: ["data_source_id", "name", "type"],
        }
      : null,

  "notion-update-view": ({ view_id: view }) =>
    isText(view) ? { sentence: ["Change a view"], said: [] } : null,

  "notion-create-comment": ({ page_id: page, markdown, discussion_id: discussion }) => {
    if (!isText(page)) return null;
    const begins = isText(discussion) ? "Answer a discussion on " : "Comment on ";
    return {
      sentence: [begins, { page }],
      differences: isText(markdown) ? [{ title: null, before: null, after: markdown }] : [],
      said: ["page_id", ...(isText(markdown) ? ["markdown"] : [])],
    };
  },

  "notion-create-attachment": ({ filename, content }) => ({
    sentence: ["Upload the file ", { quote: text(filename) || "without a name" }],
    differences: isText(content) ? [{ title: null, before: null, after: content }] : [],
    said: ["filename", ...(isText(content) ? ["content"] : [])],
  }),

  "notion-create-file-upload": ({ filename }) =>
    isText(filename)
      ? { sentence: ["Get ready to upload the file ", { quote: filename }], said: ["filename"] }
      : null,

  "notion-create-folder": ({ title, parent }) =>
    isText(title)
      ? {
          sentence: ["Create the folder ", { quote: title }, ...within(parent)],
          said: ["title", "parent"],
        }
      : null,

  "notion-update-folder": ({ folder_id: page, command, title }) => {
    if (!isText(page)) return null;
    if (command === "add_files")
      return { sentence: ["Add files to ", { page }], said: ["folder_id", "command"] };
    if (command === "remove_files") {
      return { sentence: ["Take files out of ", { page }], said: ["folder_id", "command"] };
    }
    if (command !== "add_subfolder" || !isText(title)) return null;
    return {
      sentence: ["Create the folder ", { quote: title }, " in ", { page }],
      said: ["folder_id", "command", "title"],
    };
  },

  "notion-convert-page-to-skill": ({ page_url: page }) =>
    isText(page) ? { sentence: ["Make a skill of ", { page }], said: ["page_url"] } : null,

  "notion-upload-skill": ({ page_id: page, action }) =>
    isText(page) && isText(action)
      ? {
          sentence: [
            action === "complete"
              ? "Finish the upload of a skill to "
              : "Get ready to upload a skill to ",
            { page },
          ],
          said: ["page_id", "action"],
        }
      : null,

  "notion-spawn-session": ({ agent_url: page, initial_message: message }) =>
    isText(page) && isText(message)
      ? {
          sentence: ["Have the agent ", { page }, " begin to work"],
          differences: [{ title: "What it is told", before: null, after: message }],
          said: ["agent_url", "initial_message"],
        }
      : null,

  "notion-send-message-to-session": ({ session_url: session, message }) =>
    isText(session) && isText(message)
      ? {
          sentence: ["Write to an agent that is at work"],
          differences: [{ title: "What it is told", before: null, after: message }],
          said: ["message"],
        }
      : null,

  "notion-stop-session": ({ session_url: session }) =>
    isText(session) ? { sentence: ["Stop an agent that is at work"], said: [] } : null,
};

const PAGE_COMMANDS: Record<string, (given: Given, page: { page: string }) => Told | null> = {
  update_properties: ({ properties }, page) =>
    isRecord(properties)
      ? {
          sentence: ["Change properties of ", page],
          differences: Object.entries(properties).map(([title, value]) => ({
            title,
            before: { propertyOf: page.page },
            after: value === null ? "" : inWords(value),
          })),
          said: ["properties"],
        }
      : null,
  update_content: ({ content_updates: updates }, page) => {
    const isKnown = (one: unknown): one is { old_str: string; new_str: string } & Given =>
      isRecord(one) && isText(one.old_str) && typeof one.new_str === "string";
    if (!Array.isArray(updates) || !updates.every(isKnown)) return null;
    return {
      sentence: ["Change text in ", page],
      differences: updates.map((one) => ({
        title: one.replace_all_matches === true ? "Wherever it stands" : null,
        before: one.old_str,
        after: one.new_str,
      })),
      said: ["content_updates"],
    };
  },
  replace_content: ({ new_str: after }, page) =>
    typeof after === "string"
      ? {
          sentence: ["Replace everything in ", page],
          differences: [{ title: null, before: { wholePage: page.page }, after }],
          said: ["new_str"],
        }
      : null,
  insert_content: ({ content, position }, page) => {
    if (!isText(content)) return null;
    const where =
      isRecord(position) && position.type === "start" ? "the beginning of " : "the end of ";
    return {
      sentence: ["Add to ", where, page],
      differences: [{ title: null, before: null, after: content }],
      said: ["content", "position"],
    };
  },
  apply_template: ({ template_id: template }, page) =>
    isText(template)
      ? {
          sentence: ["Put the template ", { page: template }, " into ", page],
          said: ["template_id"],
        }
      : null,
  update_verification: ({ verification_status: status }, page) =>
    status === "verified" || status === "unverified"
      ? { sentence: ["Mark ", page, ` as ${status}`], said: ["verification_status"] }
      : null,
};

function within(parent: unknown): Piece[] {
  if (parent === undefined) return [" among the private pages"];
  const piece = parentPiece(parent);
  return piece ? [" in ", ...piece] : [` in ${inWords(parent)}`];
}

function parentPiece(parent: unknown): Piece[] | null {
  if (!isRecord(parent)) return null;
  const id = parent.page_id ?? parent.database_id ?? parent.data_source_id ?? parent.folder_id;
  if (isText(id)) return [{ page: id }];
  return parent.type === "workspace" ? ["the top of the workspace"] : null;
}

function listed(pieces: Piece[]): Piece[] {
  return pieces.flatMap((piece, at) => {
    if (at === 0) return [piece];
    return [at === pieces.length - 1 ? " and " : ", ", piece];
  });
}

/** A page's title stands among its properties, under whatever name its column has. */
function titleIn(properties: unknown): string | null {
  if (!isRecord(properties)) return null;
  const title = properties.title ?? properties.Name ?? properties.name;
  return isText(title) ? title : null;
}

/** All that is given of a new page besides its title and content. */
function propertiesOf({ properties, content: _, ...others }: Given, title: string | undefined) {
  const all = { ...(isRecord(properties) ? properties : {}), ...others };
  return Object.entries(all)
    .filter(([, value]) => value !== title)
    .map(([name, value]) => `${name}: ${inWords(value)}`)
    .join("\n");
}

/** Never what every object has, such as "constructor". */
export const ownOf = <T>(record: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
export const isRecord = (value: unknown): value is Given =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string =>
  typeof value === "string" && value.trim() !== "";
const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every(isText);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
export const inWords = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
