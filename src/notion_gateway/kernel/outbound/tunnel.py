"""A way through a forward proxy (RFC 9110 section 9.3.6)."""

import asyncio
import re
import socket
from typing import Final, final

from notion_gateway.kernel.outbound.egress import EgressProxy

_HEAD_BYTES: Final = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r\n")  # RFC 9112 section 4


class ProxyRefused(ConnectionError):
    """The proxy opens no way there, or does not speak HTTP."""


async def open_tunnel(
    connected: socket.socket, proxy: EgressProxy, host: str, port: int
) -> asyncio.Transport:
    """By a socket that is connected to ``proxy``, and belongs to what is returned: what is sent
    and read by that is the target's. Raises ProxyRefused, or another OSError.
    """
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
    loop = asyncio.get_running_loop()
    transport, asking = await loop.create_connection(_Asking, sock=connected)
    try:
        transport.write("\r\n".join([*lines, "\r\n"]).encode())
        require_open(await asking.answer)
    except BaseException:
        transport.abort()
        raise
    return transport


def require_open(head: bytes) -> None:
    """``head``: what a proxy answered, up to an empty line and whatever came with it. Raises
    ProxyRefused.
    """
    status = _STATUS.match(head)
    if status is None:
        raise ProxyRefused("the proxy did not answer in HTTP")
    if not status[1].startswith(b"2"):
        raise ProxyRefused(f"the proxy answered with {status[1].decode()}")
    if not head.endswith(b"\r\n\r\n"):
        # Nobody has said anything to the target yet, so these bytes are not its own.
        raise ProxyRefused("the proxy said more than that the way is open")


@final
class _Asking(asyncio.Protocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._head = b""

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" in self._head or len(self._head) > _HEAD_BYTES:
            self._is_over()

    def eof_received(self) -> None:
        self._is_over()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._is_over()

    def _is_over(self) -> None:
        if not self.answer.done():
            self.answer.set_result(self._head if b"\r\n\r\n" in self._head else b"")
