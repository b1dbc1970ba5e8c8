"""notion-query-sessions and notion-search-sessions: finding sessions one has had."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from notion_simulator.tools.agents import described
from notion_simulator.tools.errors import invalid
from notion_simulator.tools.sidebar import cursor_offset
from notion_simulator.tools.tool import READS, Arguments, Call, Result, Tool, schema, text
from notion_simulator.workspace.agents import Session
from notion_simulator.workspace.model import canonical_id, iso

LOOKBACK = re.compile(r"^(\d{1,4})([dwmy])$")
LOOKBACK_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
DAY_SECONDS = 86_400
EXCERPT_LENGTH = 200
DEFAULT_PAGE = 20
TIME_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "before": lambda moment, limit: moment < limit,
    "after": lambda moment, limit: moment > limit,
    "on_or_before": lambda moment, limit: moment[: len(limit)] <= limit,
    "on_or_after": lambda moment, limit: moment[: len(limit)] >= limit,
}


def query_sessions(call: Call, arguments: Arguments) -> Result:
    """Lists sessions by title and filter, sorted, in pages."""
    query = str(arguments.get("query", "")).lower()
    wanted: Mapping[str, Any] | None = arguments.get("filter")
    found = [
        session for session in call.workspace.sessions.values() if query in session.title.lower()
    ]
    try:
        found = [one for one in found if wanted is None or _passes(call, one, wanted)]
    except (AttributeError, KeyError, TypeError) as error:
        message = f"The filter cannot be understood: {error}"
        raise invalid(message) from error
    by_update = [{"property": "updated_at", "direction": "descending"}]
    for step in reversed(arguments.get("sorts", by_update)):
        found.sort(key=_moment(call, step["property"]), reverse=step["direction"] == "descending")
    start = cursor_offset(arguments.get("start_cursor"))
    end = start + int(arguments.get("page_size", DEFAULT_PAGE))
    result: Result = {
        "results": [described(session, call.now) for session in found[start:end]],
        "has_more": end < len(found),
    }
    if end < len(found):
        result["next_cursor"] = f"offset:{end}"
    return result


def search_sessions(call: Call, arguments: Arguments) -> Result:
    """Finds sessions whose events have a word of the question, with an excerpt."""
    lookback: str = arguments.get("lookback", "1y")
    found = LOOKBACK.match(lookback)
    if found is None:
        message = f'Not a lookback: {lookback}. Write it as "30d" or "1y".'
        raise invalid(message)
    since = call.now - int(found[1]) * LOOKBACK_DAYS[found[2]] * DAY_SECONDS
    words = str(arguments["question"]).lower().replace("?", " ").split()
    results: list[dict[str, Any]] = []
    for session in call.workspace.sessions.values():
        texts = [event.text for event in session.events(call.now) if event.created_at >= since]
        hits = [each for each in texts if any(word in each.lower() for word in words)]
        if hits:
            results.append(
                {
                    "session_url": session.url,
                    "title": session.title,
                    "excerpt": hits[0][:EXCERPT_LENGTH],
                    "updated_at": iso(session.updated_at(call.now)),
                }
            )
    return {"results": results}


def _moment(call: Call, name: str) -> Any:  # noqa: ANN401 - a sort key
    def key(session: Session) -> float:
        return session.created_at if name == "created_at" else session.updated_at(call.now)

    return key


def _passes(call: Call, session: Session, wanted: Mapping[str, Any]) -> bool:
    if "and" in wanted:
        return all(_passes(call, session, part) for part in wanted["and"])
    if "or" in wanted:
        return any(_passes(call, session, part) for part in wanted["or"])
    match wanted["property"]:
        case "id":
            return session.id == canonical_id(wanted["string"]["equals"])
        case "agent_id":
            return session.agent.id == canonical_id(wanted["string"]["equals"])
        case "status":
            test: Mapping[str, Any] = wanted["status"]
            known = [*test.get("in", ()), *([test["equals"]] if "equals" in test else [])]
            return session.status(call.now) in known
        case name:
            return _in_time(iso(_moment(call, name)(session)), wanted["timestamp"])


def _in_time(moment: str, limits: Mapping[str, str]) -> bool:
    return all(TIME_TESTS[name](moment, limit) for name, limit in limits.items())


SORT = {
    "type": "object",
    "properties": {
        "property": {"enum": ["created_at", "updated_at"]},
        "direction": {"enum": ["ascending", "descending"]},
    },
    "required": ["property", "direction"],
    "additionalProperties": {},
}

TOOLS = (
    Tool(
        "notion-query-sessions",
        "Query accessible agent sessions",
        "Lists agent sessions by title, id, agent, status or time. Filters nest with and/or.",
        schema(
            {
                "query": text("Part of a title"),
                "filter": {"type": "object", "additionalProperties": {}},
                "sorts": {"type": "array", "items": SORT, "minItems": 1, "maxItems": 2},
                "start_cursor": text(),
                "page_size": {"type": "integer", "minimum": 1, "maximum": 100},
            }
        ),
        READS,
        query_sessions,
    ),
    Tool(
        "notion-search-sessions",
        "Search accessible agent sessions",
        "Finds past agent sessions by topic, with an excerpt.",
        schema({"question": text("A topic"), "lookback": text("30d, 1y")}, ("question",)),
        READS,
        search_sessions,
    ),
)
