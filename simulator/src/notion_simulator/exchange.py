"""One authorised /mcp exchange, watched for the client leaving."""

import asyncio

import anyio
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_simulator.counters import Counters


class Exchange:
    """Runs the MCP application for one request and counts how it ended.

    The client's leaving is noticed at any time, also before the first byte of
    the answer. In 2026-07-28 it cancels the work; in the earlier generations
    it is only counted, for there a disconnect is not a cancel.
    """

    def __init__(self, counters: Counters, receive: Receive, send: Send) -> None:
        self._counters = counters
        self._receive = receive
        self._send = send
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._left = anyio.Event()
        self._closed = False

    async def run(self, app: ASGIApp, scope: Scope, header_delay_seconds: float) -> None:
        """Answers the request; `header_delay_seconds` holds the headers back that long."""
        leaving_cancels = is_modern(scope)

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start" and header_delay_seconds > 0:
                with anyio.move_on_after(header_delay_seconds):
                    await self._left.wait()
            await self._send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._close("completed")

        self._counters.exchange_opened()
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._watch, group.cancel_scope, leaving_cancels)
                await app(scope, self._take, send)
                group.cancel_scope.cancel()
        finally:
            self._close("cancelled" if self._left.is_set() else "completed")

    async def _watch(self, scope: anyio.CancelScope, leaving_cancels: bool) -> None:
        while True:
            message = await self._receive()
            self._inbox.put_nowait(message)
            if message["type"] == "http.disconnect":
                self._left.set()
                self._close("cancelled")
                if leaving_cancels:
                    scope.cancel()
                return

    async def _take(self) -> Message:
        if self._left.is_set() and self._inbox.empty():
            return {"type": "http.disconnect"}
        return await self._inbox.get()

    def _close(self, outcome: str) -> None:
        if not self._closed:
            self._closed = True
            self._counters.exchange_closed(outcome)


def is_modern(scope: Scope) -> bool:
    """Whether a request is of a generation without the initialize handshake."""
    version = Headers(scope=scope).get("mcp-protocol-version")
    return version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS
