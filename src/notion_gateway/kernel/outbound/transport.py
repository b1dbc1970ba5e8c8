"""Requests for documents, to Notion's OAuth side and to issuers: bounded in time and size, never
redirected.
"""

import asyncio
import zlib
from typing import final

import aiohttp

from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable, UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import HttpAnswer, HttpRequest

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
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._headers = standing_headers(notion_version)

    async def send(self, request: HttpRequest) -> HttpAnswer:
        try:
            async with self._session.request(
                request.method,
                request.url,
                headers={**self._headers, **request.headers},
                data=request.body or None,
                allow_redirects=False,
                timeout=self._timeout,
            ) as answer:
                return await read_answer(answer, self._max_answer_bytes)
        except TimeoutError:
            raise UpstreamTimeout from None
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as fault:
            raise unreachable(fault) from None


def standing_headers(notion_version: str | None) -> dict[str, str]:
    """What goes with every request. Compression buys nothing on small documents, and a bomb
    needs it.
    """
    headers = {"accept-encoding": "identity", "user-agent": "notion-mcp-gateway"}
    return {**headers, "notion-version": notion_version} if notion_version else headers


def unreachable(fault: BaseException) -> UpstreamUnreachable:
    return UpstreamUnreachable(
        f"Notion could not be reached ({type(fault).__name__}). Try again in a moment."
    )


async def read_answer(
    answer: aiohttp.ClientResponse, max_bytes: int = MAX_ANSWER_BYTES
) -> HttpAnswer:
    """Raises UpstreamUnsuitable where it is too large or does not decompress."""
    body = await _bounded(answer.content, max_bytes)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return HttpAnswer(answer.status, headers, _decoded(body, headers, max_bytes))


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
