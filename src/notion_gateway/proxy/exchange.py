"""One request to the proxy and its answer, between the caller's socket and what is relayed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable

from starlette.types import Receive, Scope, Send

from notion_gateway.access.challenge import challenge
from notion_gateway.http.body import ClientLeft, drop_rest
from notion_gateway.http.gate import REQUEST_ID
from notion_gateway.http.problems import rpc_error
from notion_gateway.http.recorded_call import (
    RecordedCall,
    counting,
    note_recorded,
    recorded_of,
)
from notion_gateway.http.request_log import note_reason
from notion_gateway.http.stopping import when_stopping
from notion_gateway.kernel.errors import (
    BodyNotAllowed,
    GatewayError,
    GatewayStopping,
    MethodNotAllowed,
    RequestTimeout,
    RequestTooLarge,
    UpstreamAborted,
)
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.proxy.not_connected_answer import OwnAnswer
from notion_gateway.proxy.rules.mcp_without_notion import LISTEN
from notion_gateway.proxy.rules.seed_meta import call_id
from notion_gateway.proxy.upstream import UpstreamAnswer

METHODS = ("POST", "GET", "HEAD", "DELETE")
_UNWATCHED_SECONDS = 0.02
"""For so long nobody looks whether the caller is still there."""


class Exchange:
    """One request and its answer. ``started``: the answer's headers are on their way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, own: OwnAddress) -> None:
        self.own = own
        self.scope = scope
        self.receive = receive
        self.send = send
        self.body = b""
        self.started = False
        self.headers: RawHeaders = []
        self.grant = ""
        """Which one serves, as answers name it; empty until it is known."""
        self.recorded: RecordedCall | None = None
        """Where calls are recorded."""

    def keep_record(self) -> None:
        """From now on it is known what is recorded of the call, if ``record`` says that it is."""
        self.recorded = recorded_of(self.scope) or RecordedCall()
        self.send = counting(self.send, self.recorded)

    def record(self, body: bytes = b"") -> None:
        """The caller and the space are known, so that the call is recorded, however it ends."""
        if self.recorded is not None:
            self.recorded.body = body
            note_recorded(self.scope, self.recorded)

    async def relay(self, answer: UpstreamAnswer | OwnAnswer, headers: RawHeaders) -> None:
        """Status, headers and bytes as they come; each chunk is on its way before the next is
        read.
        """
        self.started = True
        self.headers = headers
        send = self.send
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            async for chunk in answer.chunks():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            answer.close()

    async def end_at_stop(self) -> None:
        """The end of a stream that would not end by itself, as if Notion had ended it."""
        if not self.started:
            await self.answer_error(GatewayStopping())
        elif any(name == b"content-length" for name, _ in self.headers):
            raise UpstreamAborted("The gateway was stopped.")  # a clean end would be a lie
        else:
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def answer_error(self, fault: GatewayError) -> None:
        note_reason(self.scope, fault.reason)
        status, headers, document = rpc_error(fault, self.scope[REQUEST_ID], call_id(self.body))
        headers |= challenge(fault, self.scope, self.own)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        raw.append((b"content-length", str(len(document)).encode()))
        if isinstance(fault, MethodNotAllowed):
            raw.append((b"allow", ", ".join(METHODS).encode()))
        unread = isinstance(fault, (RequestTooLarge, RequestTimeout, BodyNotAllowed))
        if unread:
            raw.append((b"connection", b"close"))
        send = self.send
        await send({"type": "http.response.start", "status": int(status), "headers": raw})
        await send({"type": "http.response.body", "body": document, "more_body": unread})
        if unread:
            await drop_rest(self.receive)
            await send({"type": "http.response.body", "body": b""})


class ServerStops(Exception):
    """The server stops, and this answer would not end by itself."""


def only_listens(method: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """A stream of what Notion says by itself: a GET, or 2026-07-28's ``subscriptions/listen``."""
    return method == "GET" or (b"mcp-method", LISTEN) in headers


@contextlib.asynccontextmanager
async def while_client_stays(scope: Scope, receive: Receive) -> AsyncGenerator[None]:
    """Cancels the block when the client leaves, also before Notion's headers have come, and a
    listening one when the server stops.

    Raises ClientLeft or ServerStops then. A cancellation from elsewhere passes through as it is.
    """
    serving = asyncio.current_task()
    assert serving is not None  # noqa: S101 - an ASGI call always runs in a task
    ended: list[type[Exception]] = []

    def end(why: type[Exception]) -> None:
        if not ended:
            ended.append(why)
            serving.cancel()

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        end(ClientLeft)

    watcher: asyncio.Task[None] | None = None

    def begin() -> None:
        nonlocal watcher
        watcher = asyncio.create_task(watch(), name="client-watch")

    # A task costs more than a quick answer leaves to save; who left meanwhile is seen then.
    timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, begin)
    if only_listens(scope["method"], scope["headers"]):
        when_stopping(scope, lambda: end(ServerStops))
    try:
        yield
    except asyncio.CancelledError:
        if ended and serving.uncancel() == 0:
            raise ended[0] from None
        raise
    else:
        if ended:  # with the last byte; the cancellation is still to come
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
            serving.uncancel()
    finally:
        ended.append(ClientLeft)  # nothing is cancelled from here on
        timer.cancel()
        if watcher is not None:
            watcher.cancel()
