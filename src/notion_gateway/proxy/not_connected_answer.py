"""A space without a connection answers MCP clients itself: who is answered what, and streams that
wait for the connection.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast, final

from starlette.types import Scope

from notion_gateway.access.rules.sign_in import connect_path
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.problems import JSON_RPC_CODE
from notion_gateway.integration.notion_servers import NotionServers
from notion_gateway.integration.rules.grant_ids import member_of
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.randomness import random_identifier
from notion_gateway.proxy.connection_watch import ConnectionWatch
from notion_gateway.proxy.rules.mcp_without_notion import (
    LISTEN,
    changes,
    connected_answer,
    is_request,
    is_stateless,
    subscription,
)
from notion_gateway.proxy.rules.not_connected import Asked, Situation, answer, read
from notion_gateway.proxy.rules.sessions import HEADER, Caller, Elicitation, Session, SessionSeal

_AGAIN_AFTER_SECONDS = b"30"
_STILL_HERE_SECONDS = 15.0
"""Below what proxies between a client and the gateway allow a silent stream."""

_STILL_HERE = b": not connected to Notion yet\n\n"
_NOT_KEPT = (b"cache-control", b"no-store")
_JSON = (b"content-type", b"application/json")
_EVENTS = (b"content-type", b"text/event-stream")
EVENT_STREAM: RawHeaders = [_EVENTS, _NOT_KEPT, (b"x-accel-buffering", b"no")]
"""Of a stream of the gateway's own. Nothing between it and the client is to hold it back."""


def is_space_endpoint(scope: Scope) -> bool:
    """Whether this is a space's own endpoint, where ordinary MCP clients are. The other one is for
    applications, which switch on HTTP statuses.
    """
    return "space_id" in scope["path_params"]


@final
@dataclass(frozen=True)
class OwnAnswer:
    """An answer of the gateway's own, in the form of Notion's."""

    status: int
    headers: RawHeaders
    parts: AsyncIterator[bytes]

    def chunks(self) -> AsyncIterator[bytes]:
        return self.parts

    def close(self) -> None:
        """There is nothing behind it."""


@dataclass(frozen=True, slots=True)
class Question:
    """A call that cannot go on to Notion. ``opened``: what an ``initialize`` says of its
    client; None for any other call.
    """

    scope: Scope
    caller: Caller
    asked: Asked
    session: Session
    opened: Elicitation | None = None

    @property
    def opens_links(self) -> bool:
        return (self.opened or self.session.asks).opens_links


@final
@dataclass(frozen=True)
class WithoutNotion:
    """``servers``: what Notion's server said about itself, which is what clients are told."""

    public_url: str
    servers: NotionServers
    sessions: SessionSeal
    watch: ConnectionWatch

    async def answer(self, question: Question, fault: GatewayError) -> OwnAnswer:
        """Of a space without a connection. Raises StoreUnavailable."""
        scope, space_id = question.scope, question.caller.space_id
        method: str = scope["method"]
        if method == "DELETE":
            return end_of_session()
        if method == "GET":
            return self._listening(question)
        call: Any = read(question.asked.body)
        if isinstance(call, dict):
            message = cast("dict[str, Any]", call)
            if message.get("method") == LISTEN.decode() and is_request(message):
                begin, end = subscription(message)
                return self._stream(question.caller.grant_id, begin, end)
        is_own = member_of(question.caller.grant_id) is not None
        link = f"{self.public_url}{connect_path(space_id, is_own=is_own)}"
        data = {"reason": fault.reason, "request_id": scope[REQUEST_ID], "url": link}
        situation = Situation(
            message=str(fault),
            link=link,
            error={"code": JSON_RPC_CODE, "data": data},
            elicitation_id=random_identifier(),
            server=await self.servers.last_seen(),
        )
        said = answer(question.asked, scope["headers"], situation, opens_links=question.opens_links)
        if said is not None:
            return _fixed(HTTPStatus.OK, [_JSON, _NOT_KEPT, *self._opened(question)], said)
        if call is None:
            again = (b"retry-after", _AGAIN_AFTER_SECONDS)
            return _fixed(HTTPStatus.SERVICE_UNAVAILABLE, [again], b"")
        return accepted()

    def connected(self, scope: Scope, call: dict[str, Any]) -> OwnAnswer:
        """To a call of the gateway's own tool, of a space that is connected meanwhile."""
        headers: RawHeaders = scope["headers"]
        stateless = is_stateless("tools/call", headers)
        takes_events = any(
            name == b"accept" and b"event-stream" in value for name, value in headers
        )
        said = connected_answer(call, stateless=stateless, takes_events=takes_events)
        form = _EVENTS if said.startswith(b"event:") else _JSON
        return _fixed(HTTPStatus.OK, [form, _NOT_KEPT], said)

    def _opened(self, question: Question) -> RawHeaders:
        """A session of the gateway's own: clients listen for changes only where they have one."""
        if question.opened is None:
            return []
        own = self.sessions.ours(random_identifier(), question.caller, question.opened)
        return [(HEADER, own)]

    def _listening(self, question: Question) -> OwnAnswer:
        """Whoever comes with a session of Notion's listed Notion's tools before."""
        begin = _STILL_HERE if question.session.is_ours else changes()
        return self._stream(question.caller.grant_id, begin, changes())

    def _stream(self, grant_id: str, begin: bytes, end: bytes) -> OwnAnswer:
        async def parts() -> AsyncIterator[bytes]:
            yield begin
            with self.watch.changes(grant_id) as changed:
                while not await self.watch.connects_within(grant_id, changed, _STILL_HERE_SECONDS):
                    yield _STILL_HERE
            yield end

        return OwnAnswer(int(HTTPStatus.OK), EVENT_STREAM, parts())


def end_of_session() -> OwnAnswer:
    """It needs nothing of Notion: without a connection its session there is gone already."""
    return _fixed(HTTPStatus.OK, [], b"")


def accepted() -> OwnAnswer:
    """To notifications and to answers, which are not answered themselves."""
    return _fixed(HTTPStatus.ACCEPTED, [], b"")


def own_json(said: bytes) -> OwnAnswer:
    """A JSON-RPC answer, for this asker and this once."""
    return _fixed(HTTPStatus.OK, [_JSON, _NOT_KEPT], said)


def _fixed(status: HTTPStatus, headers: RawHeaders, body: bytes) -> OwnAnswer:
    async def parts() -> AsyncIterator[bytes]:
        if body:
            yield body

    return OwnAnswer(int(status), [*headers, (b"content-length", str(len(body)).encode())], parts())
