"""What the answers of Notion's tools say: hits, pages, columns. Pure reading; nothing is obeyed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

IDENTIFIER = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
SOURCE = re.compile(r'<data-source url="\{?\{?(collection://[^"}]+)')
PARENT_SOURCE = re.compile(r'<parent-data-source url="(collection://[^"]+)"')
STATE = re.compile(r"<data-source-state>\n(.*)\n</data-source-state>")
PROPERTIES = "\n<properties>\n"
CONTENT = "\n</properties>\n<content>\n"
CONTENT_END = "\n</content>\n</page>"


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result, or whatever else is known to have a title and an address."""

    title: str
    url: str
    id: str = ""
    kind: str = "page"
    path: str = ""

    @property
    def page_id(self) -> str:
        """The id as `notion-update-page` wants it; empty if there is none."""
        if self.id:
            return self.id
        # The last one: a title stands before the id in Notion's addresses.
        found = IDENTIFIER.findall(self.url.partition("?")[0])
        return str(UUID(found[-1])) if found else ""


@dataclass(frozen=True, slots=True)
class Entity:
    """A fetched page or database. `source_url` is the data source it is or lies in."""

    title: str
    url: str
    kind: str
    content: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    path: str = ""
    edited: str = ""
    source_url: str = ""

    @property
    def hit(self) -> Hit:
        return Hit(self.title, self.url, kind=self.kind, path=self.path)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a data source with the names of its options."""

    name: str
    type: str
    options: tuple[str, ...] = ()


def hits_of(data: Mapping[str, Any]) -> list[Hit]:
    """Returns the results of a search; what has no title or address is left out."""
    return [
        Hit(
            title=_text(result, "title"),
            url=_text(result, "url"),
            id=_text(result, "id"),
            kind=_text(result, "type") or "page",
            path=_text(result, "path"),
        )
        for result in _objects(data, "results")
        if _text(result, "title") and _text(result, "url")
    ]


def rows_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the rows of a query."""
    return _objects(data, "results")


def created_of(data: Mapping[str, Any]) -> list[Hit]:
    """Returns the pages `notion-create-pages` made."""
    made: list[Hit] = []
    for page in _objects(data, "pages"):
        properties = page.get("properties")
        title = _text(cast("dict[str, Any]", properties), "title") if properties else ""
        made.append(Hit(title, _text(page, "url"), _text(page, "id")))
    return made


def entity_of(data: Mapping[str, Any]) -> Entity:
    """Returns a fetched page or database.

    Whatever a page's content looks like, it is content: what Notion says about
    the page is read from before it only.
    """
    text = _text(data, "text")
    metadata = data.get("metadata")
    kind = _text(cast("dict[str, Any]", metadata), "type") if metadata else ""
    is_database = kind in {"database", "data_source"}
    before, opened, after = text.partition(PROPERTIES)
    properties, _, _ = after.partition("\n")
    source = (SOURCE if is_database else PARENT_SOURCE).search(before)
    content = ""
    if opened and not is_database:
        _, has_content, rest = after.partition(CONTENT)
        content = rest.rpartition(CONTENT_END)[0] if has_content else ""
    return Entity(
        title=_text(data, "title"),
        url=_text(data, "url"),
        kind=kind or "page",
        content=content,
        properties=_json_object(properties),
        path=_text(data, "path"),
        edited=_text(data, "page_last_edited_at"),
        source_url=source[1] if source else "",
    )


def columns_of(data: Mapping[str, Any]) -> list[Column]:
    """Returns the columns of a fetched data source or database."""
    state = STATE.search(_text(data, "text"))
    schema = _json_object(state[1]).get("schema") if state else None
    if not isinstance(schema, dict):
        return []
    return [
        Column(name, _text(column, "type"), tuple(_option_names(column)))
        for name, column in cast("dict[str, dict[str, Any]]", schema).items()
    ]


def comments_of(data: Mapping[str, Any]) -> list[str]:
    """Returns the comments of a page, oldest first, as they were written."""
    found = re.findall(r"<comment [^>]*>(.*?)</comment>", _text(data, "text"), re.DOTALL)
    return [_unescaped(str(comment)) for comment in found]


def _option_names(column: Mapping[str, Any]) -> list[str]:
    options = _objects(column, "options")
    groups = column.get("groups")
    if isinstance(groups, dict):
        for name in cast("dict[str, Any]", groups):
            options += _objects(cast("dict[str, Any]", groups), name)
    return [_text(option, "name") for option in options]


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _objects(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key)
    if not isinstance(value, list):
        return []
    return [
        cast("dict[str, Any]", item)
        for item in cast("list[object]", value)
        if isinstance(item, dict)
    ]


def _json_object(text: str) -> dict[str, Any]:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
