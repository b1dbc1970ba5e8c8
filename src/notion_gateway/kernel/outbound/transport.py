"""Requests for documents, to Notion's OAuth side and to issuers: bounded in time and size, never
redirected.
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator
from typing import final

import aiohttp

from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import BeforeBody, HttpAnswer, HttpRequest

MAX_ANSWER_BYTES = 1024 * 1024


@final
class AiohttpTransport:
    """``timeout_seconds`` is for a request as a whole, from connecting to the answer's last byte.

    ``notion_version`` goes with every request, or with none. ``max_answer_bytes`` is for what
    a compressed answer expands to, too.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        timeout_seconds: float = 10.0,
        notion_version: str | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._max_answer_bytes = max_answer_bytes
        self._session = session
        self.timeout_seconds = timeout_seconds
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        # Compression buys nothing on small documents, and a bomb needs it.
        self._headers = {"accept-encoding": "identity", "user-agent": "notion-mcp-gateway"}
        if notion_version:
            self._headers["notion-version"] = notion_version

    async def send(
        self, request: HttpRequest, *, before_body: BeforeBody | None = None
    ) -> HttpAnswer:
        try:
            async with self._session.request(
                request.method,
                request.url,
                headers={**self._headers, **request.headers, **_framing(request)},
                data=_guarded(request.body, before_body) if request.body else None,
                allow_redirects=False,
                timeout=self._timeout,
            ) as answer:
                body = await _bounded(answer.content, self._max_answer_bytes)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return HttpAnswer(
                    answer.status, headers, _decoded(body, headers, self._max_answer_bytes)
                )
        except TimeoutError:
            raise UpstreamTimeout from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as fault:
            raise UpstreamUnreachable(
                f"Notion could not be reached ({type(fault).__name__}). Try again in a moment."
            ) from None


class _NotSent(OSError):
    """What was asked before the body said no."""


def _framing(request: HttpRequest) -> dict[str, str]:
    return {"content-length": str(len(request.body))} if request.body else {}


async def _guarded(body: bytes, before_body: BeforeBody | None) -> AsyncGenerator[bytes]:
    """The body, which is asked for when the connection stands and the headers are written."""
    if before_body is not None and not await before_body():
        raise _NotSent
    yield body


async def _bounded(content: aiohttp.StreamReader, limit: int) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > limit:
            raise UpstreamUnsuitable(f"Notion's answer is larger than {limit} bytes.")
    return bytes(body)


def _decoded(body: bytes, headers: dict[str, str], limit: int) -> bytes:
    """A server may compress although it was asked not to; what it expands to is bounded."""
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding == "identity" or not body:
        return body
    if encoding not in ("gzip", "deflate"):
        raise UpstreamUnsuitable("Notion's answer is encoded in a way nobody asked for.")
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, by its header
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        raise UpstreamUnsuitable("Notion's answer does not decompress.") from None
    if len(plain) > limit or not stream.eof:
        raise UpstreamUnsuitable(f"Notion's answer is cut short, or larger than {limit} bytes.")
    return plain
