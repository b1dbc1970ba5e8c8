"""A Notion workspace in memory: pages, databases with typed rows, people, discussions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from notion_simulator.workspace.agents import Agent, Session
from notion_simulator.workspace.files import FileUpload, Folder
from notion_simulator.workspace.tasks import Task

PAGE_URL = "https://app.notion.com/p/"


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date cell; `start` and `end` are ISO 8601 dates, or date-times if `is_datetime`."""

    start: str
    end: str | None = None
    is_datetime: bool = False


Cell = str | float | bool | list[str] | DateValue | None

PropertyType = Literal[
    "title",
    "text",
    "number",
    "select",
    "multi_select",
    "status",
    "date",
    "checkbox",
    "person",
    "url",
    "email",
    "phone_number",
    "relation",
    "file",
    "formula",
    "rollup",
    "auto_increment_id",
    "created_time",
    "last_edited_time",
]


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    color: str = "default"
    group: Literal["to_do", "in_progress", "complete"] | None = None


@dataclass(frozen=True, slots=True)
class Property:
    """A column; `options` for selects and status, `related` (a data source id) for relations.

    `twin` names the property on the other side of a two-way relation, `formula`
    is kept as written, `rollup` is (relation, property, function).
    """

    type: PropertyType
    description: str = ""
    options: tuple[Option, ...] = ()
    number_format: str | None = None
    related: str | None = None
    twin: str | None = None
    formula: str | None = None
    rollup: tuple[str, str, str] | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    type: Literal["person", "bot"] = "person"
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Parent:
    """Where something lives; `id` is None for the workspace's top level."""

    kind: Literal["workspace", "page", "database", "data_source"]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """What makes a page meeting notes; `attendees` are user ids."""

    attendees: tuple[str, ...]
    summary: str
    transcript: str


@dataclass(slots=True)
class Page:
    """A page or, if its parent is a data source, a row.

    `cells` holds the values by property name, the title under its property's
    name (`title` outside of data sources). `content` is Notion-flavoured
    Markdown; children stand in it as `<page url="…">` and `<database url="…">`.
    `number` counts the rows of a data source for its unique id.
    """

    id: str
    parent: Parent
    cells: dict[str, Cell]
    content: str = ""
    title_property: str = "title"
    icon: str | None = None
    cover: str | None = None
    created_by: str = ""
    edited_by: str = ""
    created_at: float = 0.0
    edited_at: float = 0.0
    archived: bool = False
    verified_until: float | None = None
    is_skill: bool = False
    number: int = 0
    meeting: Meeting | None = None

    @property
    def title(self) -> str:
        value = self.cells.get(self.title_property)
        return value if isinstance(value, str) else ""

    @property
    def url(self) -> str:
        return page_url(self.id)


@dataclass(slots=True)
class View:
    """A saved view; `settings` as fetch shows them, of which `filter` and `sorts` are obeyed."""

    id: str
    name: str
    type: str
    data_source_id: str
    display_properties: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def url(self) -> str:
        return f"view://{self.id}"


@dataclass(slots=True)
class DataSource:
    id: str
    database_id: str
    name: str
    schema: dict[str, Property]
    description: str = ""
    numbered: int = 0

    @property
    def url(self) -> str:
        return f"collection://{self.id}"

    @property
    def title_property(self) -> str:
        return next(name for name, column in self.schema.items() if column.type == "title")


@dataclass(slots=True)
class Database:
    id: str
    title: str
    parent: Parent
    data_source_ids: list[str]
    view_ids: list[str]
    icon: str | None = None
    inline: bool = False
    edited_at: float = 0.0
    created_at: float = 0.0

    @property
    def url(self) -> str:
        return page_url(self.id)


@dataclass(slots=True)
class Comment:
    id: str
    author_id: str
    created_at: float
    markdown: str


@dataclass(slots=True)
class Discussion:
    """A thread on a page, or on a piece of its text (`text_context`)."""

    id: str
    page_id: str
    comments: list[Comment]
    text_context: str | None = None
    resolved: bool = False

    @property
    def url(self) -> str:
        return f"discussion://{self.page_id}/{self.page_id}/{self.id}"


@dataclass(slots=True)
class Workspace:
    id: str
    name: str
    person_id: str
    users: dict[str, User] = field(default_factory=dict[str, User])
    teams: dict[str, Team] = field(default_factory=dict[str, Team])
    pages: dict[str, Page] = field(default_factory=dict[str, Page])
    databases: dict[str, Database] = field(default_factory=dict[str, Database])
    data_sources: dict[str, DataSource] = field(default_factory=dict[str, DataSource])
    views: dict[str, View] = field(default_factory=dict[str, View])
    discussions: dict[str, Discussion] = field(default_factory=dict[str, Discussion])
    folders: dict[str, Folder] = field(default_factory=dict[str, Folder])
    files: dict[str, FileUpload] = field(default_factory=dict[str, FileUpload])
    agents: dict[str, Agent] = field(default_factory=dict[str, Agent])
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    favorites: list[str] = field(default_factory=list[str])
    shared: list[str] = field(default_factory=list[str])

    @property
    def person(self) -> User:
        """The user who consents and acts in this workspace."""
        return self.users[self.person_id]

    def add(self, page: Page) -> None:
        """Stores a new page; a row gets the next number of its data source."""
        self.pages[page.id] = page
        source = self.resolve(page.parent)
        if isinstance(source, DataSource):
            source.numbered += 1
            page.number = source.numbered

    def rows(self, data_source_id: str) -> list[Page]:
        """Returns the rows of a data source that are not archived, oldest first."""
        parent = Parent("data_source", data_source_id)
        return [page for page in self.pages.values() if page.parent == parent and not page.archived]

    def ancestors(self, parent: Parent) -> Iterator[Page | Database | DataSource]:
        """Yields what a thing lives in, nearest first, up to the workspace."""
        while (found := self.resolve(parent)) is not None:
            yield found
            parent = (
                Parent("database", found.database_id)
                if isinstance(found, DataSource)
                else found.parent
            )

    def resolve(self, parent: Parent) -> Page | Database | DataSource | None:
        """Returns what a parent reference points to, None for the workspace."""
        match parent.kind:
            case "workspace":
                return None
            case "page":
                return self.pages.get(parent.id or "")
            case "database":
                return self.databases.get(parent.id or "")
            case "data_source":
                return self.data_sources.get(parent.id or "")


def page_url(identifier: str) -> str:
    """Returns the URL of a page or database."""
    return PAGE_URL + identifier.replace("-", "")


def canonical_id(text: str) -> str | None:
    """Returns the dashed lower-case UUID in `text` (bare, dashed or the end of a URL), or None."""
    tail = text.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1]
    compact = tail.replace("-", "")[-32:]
    try:
        return str(UUID(compact)) if len(compact) == 32 else None  # noqa: PLR2004 - a UUID in hex
    except ValueError:
        return None


def iso(timestamp: float) -> str:
    """Returns seconds since the epoch as ISO 8601 in UTC with milliseconds."""
    text = datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
