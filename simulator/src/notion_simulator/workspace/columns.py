"""The column definitions of notion-create-database and notion-update-data-source, read."""

from dataclasses import dataclass, replace

from notion_simulator.workspace.model import Option, Property, PropertyType
from notion_simulator.workspace.statements import StatementError, Words

COLORS = frozenset(
    {"default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"}
)
STATUS_OPTIONS = (
    Option("Not started", "default", "to_do"),
    Option("In progress", "blue", "in_progress"),
    Option("Done", "green", "complete"),
)
SIMPLE: dict[str, PropertyType] = {
    "TITLE": "title",
    "RICH_TEXT": "text",
    "DATE": "date",
    "PEOPLE": "person",
    "CHECKBOX": "checkbox",
    "URL": "url",
    "EMAIL": "email",
    "PHONE_NUMBER": "phone_number",
    "FILES": "file",
    "CREATED_TIME": "created_time",
    "LAST_EDITED_TIME": "last_edited_time",
}
TYPED_DATABASES = {
    "tasks": 'CREATE TABLE ("Task name" TITLE, "Status" STATUS, "Assignee" PEOPLE, "Due" DATE)',
    "projects": 'CREATE TABLE ("Project name" TITLE, "Status" STATUS, "Owner" PEOPLE, '
    '"Dates" DATE)',
    "skills": 'CREATE TABLE ("Skill name" TITLE, "Description" RICH_TEXT)',
}


@dataclass(frozen=True, slots=True)
class AddColumn:
    name: str
    column: Property


@dataclass(frozen=True, slots=True)
class DropColumn:
    name: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class AlterColumn:
    name: str
    column: Property


Change = AddColumn | DropColumn | RenameColumn | AlterColumn


def read_table(statement: str) -> dict[str, Property]:
    """Returns the columns of a CREATE TABLE; without a title one called Name is added.

    Raises `StatementError` if it cannot be read.
    """
    words = Words(statement)
    words.expect("CREATE", "TABLE")
    words.accept("IF", "NOT", "EXISTS")
    if not words.accept("("):
        words.name()
        words.expect("(")
    columns: dict[str, Property] = {}
    while True:
        name, column = words.name(), _column(words)
        if name in columns:
            message = f'Duplicate column "{name}"'
            raise StatementError(message)
        columns[name] = column
        if not words.accept(","):
            break
    words.expect(")")
    words.finish()
    if not words.at_end:
        raise words.error("one statement")
    titles = [name for name, column in columns.items() if column.type == "title"]
    if len(titles) > 1:
        message = "A database has exactly one TITLE column"
        raise StatementError(message)
    return columns if titles else {"Name": Property("title"), **columns}


def read_changes(statements: str) -> list[Change]:
    """Returns the changes of semicolon-separated statements. Raises `StatementError`."""
    words = Words(statements)
    changes: list[Change] = []
    while not words.at_end:
        changes.append(_change(words))
        words.finish()
    return changes


def _change(words: Words) -> Change:
    if words.accept("ADD", "COLUMN"):
        return AddColumn(words.name(), _column(words))
    if words.accept("DROP", "COLUMN"):
        return DropColumn(words.name())
    if words.accept("RENAME", "COLUMN"):
        name = words.name()
        words.expect("TO")
        return RenameColumn(name, words.name())
    words.expect("ALTER", "COLUMN")
    name = words.name()
    words.expect("SET")
    return AlterColumn(name, _column(words))


def _column(words: Words) -> Property:
    column = _type(words)
    return replace(column, description=words.text()) if words.accept("COMMENT") else column


def _type(words: Words) -> Property:
    token = words.take()
    kind = token.text.upper()
    if kind in SIMPLE:
        return Property(SIMPLE[kind])
    match kind:
        case "STATUS":
            return Property("status", options=STATUS_OPTIONS)
        case "SELECT":
            return Property("select", options=_options(words))
        case "MULTI_SELECT":
            return Property("multi_select", options=_options(words))
        case "NUMBER":
            return Property("number", number_format=_after(words, "FORMAT"))
        case "UNIQUE_ID":
            return Property("auto_increment_id", prefix=_after(words, "PREFIX"))
        case "FORMULA":
            return Property("formula", formula=_texts(words, 1)[0])
        case "ROLLUP":
            relation, target, function = _texts(words, 3)
            return Property("rollup", rollup=(relation, target, function))
        case "RELATION":
            return _relation(words)
        case _:
            message = f"Unknown column type {token.text}"
            raise StatementError(message)


def _options(words: Words) -> tuple[Option, ...]:
    if not words.accept("("):
        return ()
    options: list[Option] = []
    while not words.accept(")"):
        name = words.text()
        color = words.take().value if words.accept(":") else "default"
        if color not in COLORS:
            message = f"Unknown color {color}"
            raise StatementError(message)
        options.append(Option(name, color))
        if not words.accept(","):
            words.expect(")")
            break
    return tuple(options)


def _relation(words: Words) -> Property:
    words.expect("(")
    related, twin = words.text(), None
    words.accept(",")
    if words.accept("DUAL"):
        twin = ""
        if words.peek.kind in {"text", "quoted"}:
            twin = words.text()
        if words.peek.kind in {"text", "quoted"}:
            words.text()
    words.expect(")")
    return Property("relation", related=related, twin=twin)


def _after(words: Words, keyword: str) -> str | None:
    return words.text() if words.accept(keyword) else None


def _texts(words: Words, count: int) -> list[str]:
    words.expect("(")
    texts = [words.text()]
    while len(texts) < count:
        words.expect(",")
        texts.append(words.text())
    words.expect(")")
    return texts
