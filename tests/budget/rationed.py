"""A Notion that grants as many calls as it is told to, and refuses the others in any way it has."""

import asyncio
import gzip
import json
import zlib
from collections import deque
from typing import Any, Final, Literal

from starlette.types import Receive, Scope, Send

from tests.support.asgi import chunk, read_body, start
from tests.support.upstreams import JSON_HEADERS, RPC_RESULT, SSE_HEADERS

Way = Literal["status", "overload", "json", "events", "gzip", "deflate", "events in gzip"]
BY_STATUS: Final = b'{"object":"error","status":429,"code":"rate_limited","message":"Slow down."}'


_PACKED: Final = {"gzip": gzip.compress, "deflate": zlib.compress}


def tool_call(tool: str = "notion-fetch", **arguments: Any) -> bytes:
    params = {"name": tool, "arguments": arguments}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return json.dumps(call).encode()


def refused_in_words(seconds: float, reason: str = "per_connection") -> bytes:
    error = {"code": "rate_limited", "retry_after_seconds": seconds, "rate_limit_reason": reason}
    document = {"error": error}
    result = {
        "content": [{"type": "text", "text": json.dumps(document)}],
        "structuredContent": document,
        "isError": True,
    }
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


class RationedMcp:
    """Refuses what ``refusals`` holds, one after the other, as (way, seconds); grants the rest.

    ``holds``: a call is answered only once ``release`` was called for it.
    """

    def __init__(self) -> None:
        self.refusals: deque[tuple[Way, float]] = deque()
        self.reason = "per_connection"
        self.seen: list[bytes] = []
        """Bodies, in the order in which they came."""
        self.codings: list[bytes] = []
        """What each was asked to be answered in."""
        self.holds = False
        self._released = asyncio.Semaphore(0)

    def release(self) -> None:
        self._released.release()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.codings.append(dict(scope["headers"]).get(b"accept-encoding", b""))
        self.seen.append(await read_body(receive))
        if self.holds:
            await self._released.acquire()
        if not self.refusals:
            await _answer(send, 200, [*JSON_HEADERS], RPC_RESULT)
            return
        way, seconds = self.refusals.popleft()
        after = (b"retry-after", str(int(seconds)).encode())
        if way == "status":
            await _answer(send, 429, [*JSON_HEADERS, after], BY_STATUS)
        elif way == "overload":
            await _answer(send, 529, [after], b"")
        elif way == "json":
            await _answer(send, 200, [*JSON_HEADERS], refused_in_words(seconds, self.reason))
        elif way in ("gzip", "deflate"):  # whatever it was asked for
            packed = _PACKED[way](refused_in_words(seconds, self.reason))
            coding = (b"content-encoding", way.encode())
            await _answer(send, 200, [*JSON_HEADERS, coding], packed)
        else:
            event = b"event: message\ndata: " + refused_in_words(seconds, self.reason) + b"\n\n"
            is_packed = way == "events in gzip"
            coding = [(b"content-encoding", b"gzip")] if is_packed else []
            await start(send, 200, [*SSE_HEADERS, *coding])
            await chunk(send, gzip.compress(event) if is_packed else event)
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await start(send, status, [*headers, (b"content-length", str(len(body)).encode())])
    await send({"type": "http.response.body", "body": body, "more_body": False})
