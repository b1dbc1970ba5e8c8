"""notion-search and notion-ai-search.

Both rank by words; the AI search leaves out the little ones, as a question is
full of them, and looks at the workspace only: nothing else is connected.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.tool import (
    ASKS_OUTSIDE,
    READS,
    Arguments,
    Call,
    Result,
    Tool,
    schema,
    text,
)
from notion_simulator.workspace.model import Database, Page, Parent, Workspace, canonical_id, iso
from notion_simulator.workspace.rendering import title_path

DATE_RANGE = {
    "type": "object",
    "properties": {"start_date": text("ISO date"), "end_date": text("ISO date")},
    "additionalProperties": {},
}
IDS = {"type": "array", "items": {"type": "string"}, "maxItems": 100}
FILTERS = {
    "type": "object",
    "properties": {
        "created_date_range": DATE_RANGE,
        "last_edited_date_range": DATE_RANGE,
        "created_by_user_ids": IDS,
        "edited_by_user_ids": IDS,
        "teamspace_ids": IDS,
        "title_only": {"type": "boolean"},
        "content_status": {
            "enum": [
                "all_with_archived",
                "all_without_archived",
                "verified_only",
                "archived_only",
            ]
        },
    },
    "additionalProperties": {},
}
SEARCH_SCHEMA = schema(
    {
        "query": text("What to look for"),
        "query_type": {"type": "string", "enum": ["internal", "user"]},
        "data_source_url": text("Only rows of this data source: collection://…"),
        "page_url": text("Only pages below this page: URL or id"),
        "teamspace_id": text("Only pages of this teamspace"),
        "filters": FILTERS,
        "sort": {"type": "string", "enum": ["relevance", "last_edited", "created"]},
        "page_size": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
        "max_highlight_length": {"type": "integer", "minimum": 0, "maximum": 500, "default": 200},
    },
    ("query",),
)
AI_SEARCH_SCHEMA = {
    **SEARCH_SCHEMA,
    "properties": {
        **SEARCH_SCHEMA["properties"],
        "query": text("A question, a title or a few words", minLength=1),
    },
}
# What a small plan may not say is dropped, and the result says so.
RESTRICTED = ("edited_by_user_ids", "last_edited_date_range", "title_only", "content_status")
DROPPED = "Not available on this plan and left out: "
LITTLE_WORDS = re.compile(
    r"a|an|and|are|did|do|does|for|how|in|is|it|my|of|on|or|our|the|to|was|we|what|when|where|"
    r"which|who|why|with"
)
DAY_SECONDS = 86_400


def search(call: Call, arguments: Arguments) -> Result:
    """Keyword search over titles, cells and content; an empty query finds everything."""
    if arguments.get("query_type") == "user":
        return _users(call.workspace, arguments["query"])
    if arguments.get("content_search_mode") == "ai_search":
        return ai_search(call, arguments)
    allowed, dropped = _allowed(call, arguments)
    words = str(arguments["query"]).lower().split()
    return {**_found(call, allowed, words), "type": "workspace_search", **dropped}


def ai_search(call: Call, arguments: Arguments) -> Result:
    """Search by question; without access to AI search it is a keyword search that says so."""
    if arguments.get("query_type") == "user":
        return _users(call.workspace, arguments["query"])
    if call.access.get("ai_search", {}).get("status", "available") != "available":
        notice = {"notice": "AI search is not available; connected sources were not searched."}
        return {**search(call, {**arguments, "content_search_mode": None}), **notice}
    allowed, dropped = _allowed(call, arguments)
    spoken = str(arguments["query"]).lower().replace("?", " ").split()
    words = [word for word in spoken if not LITTLE_WORDS.fullmatch(word)] or spoken
    found = _found(call, allowed, words, ago=True)
    return {**found, "type": "ai_search", **dropped}


def _allowed(call: Call, arguments: Arguments) -> tuple[Arguments, Result]:
    if call.settings.plan not in {"free", "plus"}:
        return arguments, {}
    filters: Mapping[str, Any] = arguments.get("filters", {})
    dropped = [f"filters.{name}" for name in RESTRICTED if name in filters]
    kept = {name: value for name, value in filters.items() if name not in RESTRICTED}
    allowed = {**arguments, "filters": kept}
    if arguments.get("sort", "relevance") != "relevance":
        dropped.append("sort")
        del allowed["sort"]
    return allowed, {"notice": DROPPED + ", ".join(dropped)} if dropped else {}


def _found(call: Call, arguments: Arguments, words: list[str], *, ago: bool = False) -> Result:
    filters: dict[str, Any] = arguments.get("filters", {})
    candidates = [
        item for item in _scope(call.workspace, arguments) if _passes(item, filters, call.now)
    ]
    title_only = bool(filters.get("title_only"))
    ranked = [(item, _score(item, words, title_only=title_only)) for item in candidates]
    found = [(item, score) for item, score in ranked if score > 0 or not words]
    found.sort(key=_order(arguments.get("sort", "relevance")), reverse=True)
    limit: int = arguments.get("page_size", 10)
    length: int = arguments.get("max_highlight_length", 200)
    hits = [
        _hit(call.workspace, item, _highlight(item, words, length)) for item, _ in found[:limit]
    ]
    if ago:
        for hit, (item, _) in zip(hits, found, strict=False):
            hit["timestamp"] = _ago(item.edited_at, call.now)
    return {"results": hits}


def _ago(timestamp: float, now: float) -> str:
    days = max(0, int((now - timestamp) // DAY_SECONDS))
    day = datetime.fromtimestamp(timestamp, UTC).date().isoformat()
    return f"{days} {'day' if days == 1 else 'days'} ago ({day})"


def _scope(workspace: Workspace, arguments: Arguments) -> list[Page | Database]:
    everything: list[Page | Database] = [*workspace.pages.values(), *workspace.databases.values()]
    if "teamspace_id" in arguments and arguments["teamspace_id"] not in workspace.teams:
        raise not_found("teamspace", arguments["teamspace_id"])
    if "data_source_url" in arguments:
        source_id = canonical_id(arguments["data_source_url"])
        if source_id not in workspace.data_sources:
            raise not_found("data source", arguments["data_source_url"])
        parent = Parent("data_source", source_id)
        return [item for item in everything if item.parent == parent]
    if "page_url" in arguments:
        page_id = canonical_id(arguments["page_url"])
        page = workspace.pages.get(page_id or "")
        if page is None:
            raise not_found("page", arguments["page_url"])
        return [item for item in everything if page in workspace.ancestors(item.parent)]
    return everything


def _passes(item: Page | Database, filters: dict[str, Any], now: float) -> bool:
    archived = isinstance(item, Page) and item.archived
    match filters.get("content_status", "all_without_archived"):
        case "all_without_archived" if archived:
            return False
        case "archived_only" if not archived:
            return False
        case "verified_only" if not (isinstance(item, Page) and (item.verified_until or 0) > now):
            return False
        case _:
            pass
    if isinstance(item, Page):
        for key, value in (
            ("created_by_user_ids", item.created_by),
            ("edited_by_user_ids", item.edited_by),
        ):
            if key in filters and value not in filters[key]:
                return False
    return _in_range(item.created_at, filters.get("created_date_range")) and _in_range(
        item.edited_at, filters.get("last_edited_date_range")
    )


def _in_range(timestamp: float, limits: dict[str, str] | None) -> bool:
    if limits is None:
        return True
    day = datetime.fromtimestamp(timestamp, UTC).date().isoformat()
    for limit in limits.values():
        try:
            datetime.fromisoformat(limit)
        except ValueError as error:
            message = f"Not an ISO date: {limit}"
            raise invalid(message) from error
    start, end = limits.get("start_date", ""), limits.get("end_date", "9999")
    return start[:10] <= day <= end[:10]


def _text(item: Page | Database) -> str:
    if isinstance(item, Database):
        return ""
    cells = [str(value) for value in item.cells.values() if isinstance(value, str)]
    return "\n".join([*cells, item.content])


def _score(item: Page | Database, words: list[str], *, title_only: bool) -> int:
    title, body = item.title.lower(), "" if title_only else _text(item).lower()
    # A word in the title weighs more than any number of words in the text.
    return sum(100 * (word in title) + min(body.count(word), 9) for word in words)


def _order(sort: str) -> Any:  # noqa: ANN401 - a sort key
    def key(pair: tuple[Page | Database, int]) -> tuple[float, float]:
        item, score = pair
        match sort:
            case "last_edited":
                return item.edited_at, 0
            case "created":
                return item.created_at, 0
            case _:
                return float(score), item.edited_at

    return key


def _highlight(item: Page | Database, words: list[str], length: int) -> str:
    body = _text(item)
    lowered = body.lower()
    positions = [lowered.find(word) for word in words if word in lowered]
    start = max(0, min(positions, default=0) - length // 4)
    return body[start : start + length].strip()


def _hit(workspace: Workspace, item: Page | Database, highlight: str) -> Result:
    path = title_path(workspace, item.parent)
    hit: Result = {
        "id": item.id,
        "title": item.title,
        "url": f"{item.url}?pvs=204",
        "type": "page" if isinstance(item, Page) else "database",
        "highlight": highlight,
        "timestamp": iso(item.edited_at),
    }
    if path:
        hit["path"] = path
    if isinstance(item, Page) and item.archived:
        hit["is_archived"] = True
    return hit


def _users(workspace: Workspace, wanted: str) -> Result:
    found = [
        user
        for user in workspace.users.values()
        if wanted.lower() in f"{user.name} {user.email or ''}".lower()
    ]
    lines = [
        f"<user id={quoteattr(user.id)} type={quoteattr(user.type)}"
        + (f" email={quoteattr(user.email)}" if user.email else "")
        + f">{escape(user.name)}</user>"
        for user in found
    ]
    xml = "\n".join(["<users-search-results>", *lines, "</users-search-results>"])
    return {"results": [{"text": xml}], "type": "user_search"}


TOOLS = (
    Tool(
        "notion-search",
        "Search Notion",
        "Searches the connected workspace for pages, databases and rows by keyword, or for people "
        'with query_type "user". Narrow the search with data_source_url, page_url, teamspace_id '
        "and filters.",
        SEARCH_SCHEMA,
        READS,
        search,
    ),
    Tool(
        "notion-ai-search",
        "AI search",
        "Answers a question or a few words with the pages, databases and rows that fit best. "
        'Finds people with query_type "user".',
        AI_SEARCH_SCHEMA,
        ASKS_OUTSIDE,
        ai_search,
    ),
)
