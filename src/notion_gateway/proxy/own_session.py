"""MCP sessions that the gateway opens itself, where Notion opens none."""

from http import HTTPStatus

from notion_gateway.kernel.errors import SessionUnknown
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.proxy.rules.sessions import HEADER, Caller, Elicitation, SessionSeal
from notion_gateway.proxy.upstream import UpstreamAnswer

_WANTS_SESSION = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
"""How MCP servers with sessions answer calls without one."""


def with_session(
    headers: RawHeaders,
    sessions: SessionSeal,
    caller: Caller,
    asks: Elicitation,
    client: str = "",
) -> RawHeaders:
    """Of an answer to ``initialize``. Without a session nobody would know later that the client
    shows forms.
    """
    if not asks.shows_forms or any(name == HEADER for name, _ in headers):
        return headers
    return [*headers, (HEADER, sessions.ours(random_identifier(), caller, asks, client))]


def require_no_session(answer: UpstreamAnswer, *, initializes: bool) -> None:
    """Notion was called without a session, because the client's is the gateway's own. Raises
    SessionUnknown, with which clients initialize again, where Notion wants one after all: it
    refuses the call, or opens one for a call that is no ``initialize``.
    """
    opened = not initializes and any(name == HEADER for name, _ in answer.headers)
    if opened or answer.status in _WANTS_SESSION:
        answer.close()
        raise SessionUnknown(
            "This MCP session is none of Notion's, which wants one now: initialize again, or have"
            " your person reload this MCP server."
        )
