"""notion-search-agents, and the sessions one has with an agent: start, watch, steer, stop.

A session belongs to the workspace; its agent is scripted (workspace/agents.py).
The status names are those by which notion-query-sessions filters, the other
fields of the answers are not captured.
"""

from typing import Any
from uuid import uuid4

from notion_simulator.tools.errors import invalid, not_found
from notion_simulator.tools.search import search
from notion_simulator.tools.sidebar import PAGING, cursor_offset
from notion_simulator.tools.tool import (
    LOOKS,
    OVERWRITES,
    READS,
    Arguments,
    Call,
    Result,
    Tool,
    exactly,
    schema,
    text,
)
from notion_simulator.workspace.agents import Agent, Event, Session, converse
from notion_simulator.workspace.model import canonical_id, iso

DEFAULT_LIMIT = 15
TITLE_LENGTH = 60
SUMMARY_LENGTH = 80
SESSION_URL = text("session://<workspace>/<session>, as it was returned", minLength=1)


def search_agents(call: Call, arguments: Arguments) -> Result:
    """Finds agents by name or description, or lists favorites or the newest."""
    agents = [
        agent
        for agent in call.workspace.agents.values()
        if agent.favorite or arguments["scope"] == "workspace"
    ]
    agents.sort(key=lambda agent: agent.created_at, reverse=True)
    query, limit = (
        str(arguments.get("query", "")).lower(),
        int(arguments.get("limit", DEFAULT_LIMIT)),
    )
    if query:
        found = [a for a in agents if query in f"{a.name} {a.description}".lower()]
        return {"results": [_agent(agent) for agent in found[:limit]]}
    start = cursor_offset(arguments.get("cursor"))
    result: Result = {"results": [_agent(agent) for agent in agents[start : start + limit]]}
    if start + limit < len(agents):
        result["nextCursor"] = f"offset:{start + limit}"
    return result


def spawn_session(call: Call, arguments: Arguments) -> Result:
    """Starts a session with its first message."""
    agent = call.workspace.agents.get(canonical_id(arguments["agent_url"]) or "")
    if agent is None:
        raise not_found("agent", arguments["agent_url"])
    message: str = arguments["initial_message"]
    session = Session(str(uuid4()), agent, message[:TITLE_LENGTH], call.now)
    _say(call, session, message)
    call.workspace.sessions[session.id] = session
    return described(session, call.now)


def get_session_status(call: Call, arguments: Arguments) -> Result:
    """Tells where the latest turn stands."""
    return described(_find(call, arguments), call.now)


def wait_session(call: Call, arguments: Arguments) -> Result:
    """Tells it once the turn has ended or the time is over."""
    session = _find(call, arguments)
    return {**described(session, call.now), "timed_out": session.is_running(call.now)}


def stop_session(call: Call, arguments: Arguments) -> Result:
    """Ends a running turn."""
    session = _find(call, arguments)
    session.stop(call.now)
    return described(session, call.now)


def send_message_to_session(call: Call, arguments: Arguments) -> Result:
    """Begins another turn, once the one before has ended."""
    session = _find(call, arguments)
    if session.is_running(call.now):
        message = "The session is still working; wait for it or stop it first."
        raise invalid(message)
    _say(call, session, arguments["message"])
    return described(session, call.now)


def list_session_events(call: Call, arguments: Arguments) -> Result:
    """Lists summaries of events: the latest, or those before or after a sequence number."""
    events = _find(call, arguments).events(call.now)
    count: int = arguments["count"]
    if "after_sequence" in arguments:
        page = [event for event in events if event.sequence > arguments["after_sequence"]][:count]
        more = bool(page) and page[-1].sequence < len(events)
    else:
        before = arguments.get("before_sequence", len(events) + 1)
        earlier = [event for event in events if event.sequence < before]
        page = earlier[-count:]
        more = len(earlier) > len(page)
    return {"events": [_summary(event) for event in page], "has_more": more}


def read_session_event(call: Call, arguments: Arguments) -> Result:
    """Returns one event in full."""
    for event in _find(call, arguments).events(call.now):
        if event.sequence == arguments["sequence"]:
            return {
                "sequence": event.sequence,
                "type": event.type,
                "created_at": iso(event.created_at),
                "content": event.text,
            }
    raise not_found("session event", str(arguments["sequence"]))


def described(session: Session, now: float) -> Result:
    """Returns a session without its events."""
    return {
        "session_url": session.url,
        "agent_url": session.agent.url,
        "title": session.title,
        "status": session.status(now),
        "created_at": iso(session.created_at),
        "updated_at": iso(session.updated_at(now)),
        "last_sequence": len(session.events(now)),
    }


def _seconds_to_wait(call: Call, arguments: Arguments) -> float:
    session = _find(call, arguments)
    if not session.is_running(call.now):
        return 0
    return min(float(arguments["seconds"]), session.turns[-1].ends_at - call.now)


def _say(call: Call, session: Session, message: str) -> None:
    def look(words: str) -> list[str]:
        found = search(call, {"query": words, "page_size": 3})
        return [hit["title"] for hit in found["results"]]

    converse(session, message, look, call.now, call.settings.agent_turn_seconds)


def _find(call: Call, arguments: Arguments) -> Session:
    url: str = arguments["session_url"]
    parts = url.partition("://")[2].split("/")
    session = call.workspace.sessions.get(canonical_id(parts[-1]) or "")
    if session is None or (len(parts) > 1 and canonical_id(parts[0]) != call.workspace.id):
        raise not_found("session", url)
    return session


def _agent(agent: Agent) -> dict[str, Any]:
    return {"url": agent.url, "name": agent.name, "description": agent.description}


def _summary(event: Event) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "type": event.type,
        "created_at": iso(event.created_at),
        "summary": event.text[:SUMMARY_LENGTH],
    }


def _of_session(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON schemas
    return schema({"session_url": SESSION_URL, **more}, ("session_url", *more))


SEQUENCE = {"type": "integer", "minimum": 1}
EVENTS = schema(
    {
        "session_url": SESSION_URL,
        "count": {"type": "integer", "minimum": 1, "maximum": 100},
        "before_sequence": SEQUENCE,
        "after_sequence": SEQUENCE,
    },
    ("session_url", "count"),
)
AGENTS = exactly(
    {"scope": {"type": "string", "enum": ["favorites", "workspace"]}, "query": text(), **PAGING},
    ("scope",),
)
SPAWN = schema(
    {
        "agent_url": text("agent://<workspace>/<agent>, from search-agents", minLength=1),
        "initial_message": text(minLength=1),
    },
    ("agent_url", "initial_message"),
)
WAIT = _of_session(seconds={"type": "integer", "minimum": 1, "maximum": 60})

TOOLS = (
    Tool(
        "notion-search-agents",
        "Search workspace agents",
        "Finds agents by name or description, or lists favorites or the workspace's newest.",
        AGENTS,
        READS,
        search_agents,
    ),
    Tool(
        "notion-spawn-session",
        "Start a Custom Agent session",
        "Starts a session with an agent. Follow it with get-session-status or wait-session.",
        SPAWN,
        OVERWRITES,
        spawn_session,
    ),
    Tool(
        "notion-get-session-status",
        "Get Custom Agent session status",
        "Tells the status of a session's latest turn without waiting.",
        _of_session(),
        LOOKS,
        get_session_status,
    ),
    Tool(
        "notion-wait-session",
        "Wait for a Custom Agent session",
        "Waits at most so many seconds for a session's latest turn to end.",
        WAIT,
        LOOKS,
        wait_session,
        pause=_seconds_to_wait,
    ),
    Tool(
        "notion-stop-session",
        "Stop a Custom Agent session",
        "Stops a running session.",
        _of_session(),
        OVERWRITES,
        stop_session,
    ),
    Tool(
        "notion-send-message-to-session",
        "Send a message to a Custom Agent session",
        "Sends a session another message.",
        _of_session(message=text(minLength=1)),
        OVERWRITES,
        send_message_to_session,
    ),
    Tool(
        "notion-list-session-events",
        "List Custom Agent session events",
        "Lists short summaries of a session's events.",
        EVENTS,
        LOOKS,
        list_session_events,
    ),
    Tool(
        "notion-read-session-event",
        "Read a Custom Agent session event",
        "Returns one event of a session in full.",
        _of_session(sequence=SEQUENCE),
        LOOKS,
        read_session_event,
    ),
)
