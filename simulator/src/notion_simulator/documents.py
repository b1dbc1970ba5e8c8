"""The documents Notion publishes as MCP resources, in our own words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    uri: str
    name: str
    title: str
    description: str
    text: str
    tool_sets: frozenset[str] | None = None


MARKDOWN_SPEC = """# Enhanced Markdown

Pages are read and written as Markdown with a few elements of Notion's own.

## Blocks
- Headings `#` to `####`, lists `-` and `1.`, to-dos `- [ ]` and `- [x]`.
- Quotes `>`, dividers `---`.
- Children of a block are indented by one tab.
- `<callout icon="💡" color="blue_bg">` holds a highlighted block.
- `<details><summary>Title</summary>` is a toggle; its content is indented.
- Code stands between triple backticks with a language; nothing in it is escaped.
- `<empty-block/>` is an empty line. Blank lines are dropped.

## Inline
- `**bold**`, `*italic*`, `~~struck~~`, `` `code` ``, `[text](url)`, math as $`x^2`$.
- `<mention-page url="…"/>`, `<mention-user url="user://…"/>`, `<mention-date start="2026-09-01"/>`.

## Children
- `<page url="…">Title</page>` is a subpage, `<database url="…">Title</database>` a database.
- Leaving such an element out when content is replaced deletes the child; keep it to keep the child.
"""

VIEW_SPEC = """# View configuration

A view is configured by statements separated with semicolons.

- `FILTER "Status" = "Done"` shows only matching rows; combine with `AND` and `OR`.
- `SORT BY "Due" ASC` orders rows; several columns are separated by commas.
- `GROUP BY "Status"` makes the columns of a board or the groups of a table.
- `SHOW "Task", "Due"` and `HIDE "Link"` choose the visible properties.
- `CALENDAR BY "Due"` and `TIMELINE BY "Start" TO "End"` choose the dates.
- `MAP BY "Place"` chooses the places of a map.
- `CHART column AGGREGATE count STACK BY "Status"` draws; also bar, line, donut and number.
- `FORM OPEN`, `FORM CLOSE`, `FORM ANONYMOUS true` and `FORM PERMISSIONS reader` govern a form.
- `WRAP CELLS`, `FREEZE COLUMNS 1` and `COVER "Image"` set the layout.
- `CLEAR FILTER`, `CLEAR SORT` and `CLEAR GROUP BY` take a setting back.

Property names are quoted with double quotes, text values with double quotes too.
"""

SKILLS = """# Skills

A skill is a page whose content tells an assistant how to do one kind of task.

- Mark a page with `is_skill` when it is created or updated, or with convert-page-to-skill.
- Begin with the outcome, then number the steps, then say when to ask.
- search-skills finds skills by name or task; fetch one before following it.
- download-skill hands out a tar.gz of `SKILL.md`; upload-skill takes one back.
"""

DOCUMENTS: dict[str, Document] = {
    document.uri: document
    for document in (
        Document(
            "notion://docs/enhanced-markdown-spec",
            "enhanced-markdown-spec",
            "Enhanced Markdown",
            "The Markdown in which pages are read and written.",
            MARKDOWN_SPEC,
        ),
        Document(
            "notion://docs/view-dsl-spec",
            "view-dsl-spec",
            "View configuration",
            "The statements that configure a database view.",
            VIEW_SPEC,
        ),
        Document(
            "notion://docs/skills",
            "skills",
            "Skills",
            "How reusable instructions are written.",
            SKILLS,
            frozenset({"latest"}),
        ),
    )
}
