"""Reads only so many bytes of a server that is not trusted with the gateway's memory."""

from collections.abc import AsyncIterator
from typing import final

from httpx2 import AsyncBaseTransport, AsyncByteStream, ReadError, Request, Response


@final
class BoundedTransport(AsyncBaseTransport):
    """For one session: ``max_bytes`` of all its answers together. A compressed one, of which nobody
    knows how large it is, is not read at all.
    """

    def __init__(self, transport: AsyncBaseTransport, max_bytes: int) -> None:
        self._transport = transport
        self._left = max_bytes
        self.is_over = False
        """Something was not read to its end."""

    async def handle_async_request(self, request: Request) -> Response:
        answer = await self._transport.handle_async_request(request)
        stream = answer.stream
        assert isinstance(stream, AsyncByteStream)  # noqa: S101 - as transports have it
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            await stream.aclose()
            self.is_over = True
            raise ReadError("compressed, although that was not asked for")
        return Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Counted(stream, self),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._transport.aclose()

    def read(self, count: int) -> None:
        """Raises ReadError where that was too much."""
        self._left -= count
        if self._left < 0:
            self.is_over = True
            raise ReadError("too long")


@final
class _Counted(AsyncByteStream):
    def __init__(self, stream: AsyncByteStream, bounds: BoundedTransport) -> None:
        self._stream = stream
        self._bounds = bounds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            self._bounds.read(len(part))
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
