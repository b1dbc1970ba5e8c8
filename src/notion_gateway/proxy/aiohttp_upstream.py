"""Calls to Notion's MCP endpoint over aiohttp: where an egress proxy is asked to connect, and for
comparison.
"""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from typing import final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from notion_gateway.kernel.errors import (
    UpstreamAborted,
    UpstreamTimeout,
)
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy.rules.headers import headers_downstream
from notion_gateway.proxy.upstream import ProxyCall, require_passable, unreachable

WRITTEN_BY_CALLER = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_SENT_AT_ONCE_BYTES = 64 * 1024


@final
class AiohttpUpstream:
    """Only the wait for an answer's headers is limited: an open stream may last for days."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        mcp_url: str,
        *,
        headers_timeout_seconds: float,
        notion_version: str | None = None,
    ) -> None:
        self._session = session
        self._mcp_url = mcp_url
        self._url = URL(mcp_url, encoded=True)
        self._headers_timeout = headers_timeout_seconds
        self._version = notion_version

    async def open(self, call: ProxyCall, access_token: Secret) -> "AiohttpAnswer":
        """Returns with the answer's headers. Raises UpstreamUnreachable, UpstreamTimeout or
        UpstreamUnsuitable.

        Cancelling the caller cuts the connection.
        """
        headers = CIMultiDict(
            [(name.decode("latin-1"), _text(value)) for name, value in call.headers]
        )
        headers["Authorization"] = f"Bearer {access_token.reveal()}"
        if self._version:
            headers["Notion-Version"] = self._version
        url = self._url
        if call.query:
            # As it was written: yarl would escape what is escaped already.
            url = URL(f"{self._mcp_url}?{call.query.decode('latin-1')}", encoded=True)
        sent_at = time.perf_counter()
        try:
            async with asyncio.timeout(self._headers_timeout):
                answer = await self._session.request(
                    call.method,
                    url,
                    headers=headers,
                    data=_payload(call.body),
                    allow_redirects=False,
                )
        except TimeoutError:
            raise UpstreamTimeout from None
        except (aiohttp.ClientError, OSError) as fault:
            raise unreachable(fault) from None
        opened = AiohttpAnswer(answer, sent_at)
        require_passable(opened)
        return opened


def _text(value: bytes) -> str:
    """For aiohttp, which writes headers in UTF-8: then what is UTF-8 stays the bytes it was."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    """A large body goes out in pieces, so that it does not hold up other calls."""
    if len(body) > _SENT_AT_ONCE_BYTES:
        return io.BytesIO(body)
    return body or None


@final
class AiohttpAnswer:
    """An open answer. Its bytes come as the server sent them: still encoded, never joined."""

    def __init__(self, answer: aiohttp.ClientResponse, sent_at: float) -> None:
        self._answer = answer
        self.sent_at = sent_at
        self.status = answer.status
        self.headers: RawHeaders = headers_downstream(answer.raw_headers)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises UpstreamAborted when the stream breaks off."""
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as fault:
            raise UpstreamAborted(
                f"Notion's answer broke off in mid-stream ({type(fault).__name__})."
            ) from None

    def close(self) -> None:
        """Gives the connection back, or cuts it when the answer is not read to its end."""
        # aiohttp has put a connection whose answer was read to the end back already.
        self._answer.close()
