"""Calls to Notion's MCP endpoint over a pool of the gateway's own connections."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, final

from yarl import URL

from notion_gateway.kernel.errors import UpstreamAborted, UpstreamTimeout, UpstreamUnreachable
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy.http1.answer import IncomingAnswer
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.http1.pool import ConnectionPool
from notion_gateway.proxy.rules.headers import headers_downstream
from notion_gateway.proxy.upstream import ProxyCall, require_passable, unreachable

_MAY_BE_SENT_TWICE: Final = frozenset({"GET", "HEAD", "DELETE"})
"""Idempotent (RFC 9110 section 9.2.2), of those that the proxy has."""
_WITHOUT_LENGTH: Final = frozenset({"GET", "HEAD"})


@final
class Http1Upstream:
    """Only the wait for an answer's headers is limited: an open stream may last for days."""

    def __init__(
        self,
        pool: ConnectionPool,
        mcp_url: str,
        *,
        headers_timeout_seconds: float,
        notion_version: str | None = None,
    ) -> None:
        self.pool = pool
        self.headers_timeout_seconds = headers_timeout_seconds
        url = URL(mcp_url, encoded=True)
        self._target = url.raw_path_qs.encode()
        self._path = url.raw_path.encode()
        version = f"notion-version: {notion_version}\r\n" if notion_version else ""
        self._standing = f" HTTP/1.1\r\nhost: {url.host_port_subcomponent}\r\n{version}".encode()
        self._standing_lines = self._standing.count(b"\n")

    async def open(self, call: ProxyCall, access_token: Secret) -> "Http1Answer":
        """Returns with the answer's headers. Raises UpstreamUnreachable, UpstreamTimeout or
        UpstreamUnsuitable.

        Cancelling the caller cuts the connection.
        """
        head = self._head(call, access_token)
        try:
            answer = await self._sent(call, head)
        except TimeoutError:
            raise UpstreamTimeout from None
        except OSError as fault:
            raise unreachable(fault) from None
        require_passable(answer)
        return answer

    async def _sent(self, call: ProxyCall, head: bytes) -> "Http1Answer":
        if (kept := await self.pool.kept()) is not None:
            answer = _send(kept, call, head)
            try:
                return await self._with_head(answer)
            except TimeoutError:
                raise
            except OSError:
                # The server may have ended the connection while the call was on its way there.
                # Once more is enough, on a new one (RFC 9110 section 9.2.2).
                if answer.has_begun or not may_be_sent_twice(call.method):
                    raise
        return await self._with_head(_send(await self.pool.made(), call, head))

    async def _with_head(self, answer: IncomingAnswer) -> "Http1Answer":
        timer = asyncio.get_running_loop().call_later(
            self.headers_timeout_seconds, answer.head_is_late
        )
        try:
            await answer.head
        except BaseException:
            answer.close()
            raise
        finally:
            timer.cancel()
        return Http1Answer(answer)

    def _head(self, call: ProxyCall, access_token: Secret) -> bytes:
        start = self.head_start(call.method, call.query, call.headers, access_token)
        return start + head_end(call.method, call.body)

    def head_start(
        self, method: str, query: bytes, headers: RawHeaders, access_token: Secret
    ) -> bytes:
        """The head of a call, all but ``head_end``.

        Raises UpstreamUnreachable for what would end a line too early. The server that took
        the call lets nothing of that kind through: this is for whoever makes a ``ProxyCall``.
        """
        target = self._path + b"?" + query if query else self._target
        parts = [method.encode(), b" ", target, self._standing]
        for name, value in headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (b"authorization: Bearer ", access_token.reveal().encode(), b"\r\n")
        start = b"".join(parts)
        lines = self._standing_lines + len(headers) + 1
        if not start.count(b"\n") == start.count(b"\r") == lines:
            raise UpstreamUnreachable("The call has a header that no server can read.")
        return start


def head_end(method: str, body: bytes) -> bytes:
    if body or method not in _WITHOUT_LENGTH:
        return b"content-length: %d\r\n\r\n" % len(body)
    return b"\r\n"


def may_be_sent_twice(method: str) -> bool:
    """Where a kept connection ended before a byte of the answer had come."""
    return method in _MAY_BE_SENT_TWICE


def _send(connection: Connection, call: ProxyCall, head: bytes) -> IncomingAnswer:
    answer = IncomingAnswer(connection.cut, connection.pause, connection.resume)
    connection.send(head, call.body, answer, only_head=call.method == "HEAD")
    return answer


@final
class Http1Answer:
    """An open answer. Its bytes come as the server sent them, still encoded."""

    def __init__(self, answer: IncomingAnswer) -> None:
        self._answer = answer
        self.status = answer.status
        self.sent_at = answer.sent_at
        self.headers: RawHeaders = headers_downstream(answer.headers)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises UpstreamAborted when the stream breaks off."""
        try:
            while part := await self._answer.read():
                yield part
        except OSError as fault:
            raise UpstreamAborted(
                f"Notion's answer broke off in mid-stream ({type(fault).__name__})."
            ) from None

    def close(self) -> None:
        """Cuts the connection when the answer has not arrived to its end."""
        self._answer.close()
