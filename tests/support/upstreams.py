"""Stand-ins for Notion's MCP endpoint: they record what came and answer as they were told."""

import asyncio
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from tests.support.asgi import RawHeaders, chunk, disconnected, read_body, start

RPC_RESULT = b'{"jsonrpc":"2.0","id":1,"result":{}}'
JSON_HEADERS = ((b"content-type", b"application/json"),)
SSE_HEADERS = ((b"content-type", b"text/event-stream"),)


@dataclass(frozen=True, slots=True)
class Seen:
    method: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for header, value in self.headers if header == name]

    @property
    def names(self) -> set[bytes]:
        return {name for name, _ in self.headers}


@dataclass
class RecordingMcp:
    """Answers every call alike; ``length`` sends the body framed by its length, not chunked."""

    status: int = 200
    headers: RawHeaders = JSON_HEADERS
    chunks: tuple[bytes, ...] = (RPC_RESULT,)
    length: bool = True
    seen: list[Seen] = field(default_factory=list[Seen])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        query: bytes = scope["query_string"]
        self.seen.append(Seen(scope["method"], query, list(scope["headers"]), body))
        size = sum(len(one) for one in self.chunks)
        framing = [(b"content-length", str(size).encode())] if self.length else []
        await start(send, self.status, [*self.headers, *framing])
        for one in self.chunks:
            await chunk(send, one)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    @property
    def last(self) -> Seen:
        return self.seen[-1]


class WatchedMcp:
    """Answers with what ``stream`` yields, and knows how many of its callers are still there.

    ``holds_headers``: answers nothing at all until the caller leaves.
    """

    def __init__(
        self,
        stream: Callable[[], AsyncIterable[bytes]] | None = None,
        *,
        holds_headers: bool = False,
    ) -> None:
        self._stream = stream
        self._holds_headers = holds_headers
        self.opened = 0
        self.left = 0
        self.completed = 0
        self.gone = asyncio.Event()
        """Set when the first caller has left."""

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        self.opened += 1
        answering = asyncio.create_task(self._answer(send))
        leaving = asyncio.create_task(disconnected(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
                self.completed += 1
            else:
                self.left += 1
                self.gone.set()
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)

    async def _answer(self, send: Send) -> None:
        if self._holds_headers:
            await asyncio.Event().wait()
        await start(send, 200, SSE_HEADERS)
        if self._stream is not None:
            async for data in self._stream():
                await chunk(send, data)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def forever(first: bytes = b"data: 1\n\n") -> Callable[[], AsyncIterable[bytes]]:
    """A stream that says one thing and then nothing more, as a listening stream does."""

    async def stream() -> AsyncIterable[bytes]:
        yield first
        await asyncio.Event().wait()

    return stream
