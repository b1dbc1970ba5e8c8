"""An aiohttp session as the gateway uses it: guarded addresses, no cookies, bytes as they come."""

import os
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import aiohttp

from notion_gateway.kernel.outbound.connector import IdleCheckingConnector
from notion_gateway.kernel.outbound.egress import DIRECT, Egress
from notion_gateway.kernel.outbound.resolver import GuardedResolver

SocketFactory = Callable[[Any], socket.socket]
"""Makes a socket from what ``getaddrinfo`` has found, as aiohttp wants it."""

_KEEPALIVE_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_HEADER_BYTES = 64 * 1024  # a content-security-policy alone may be longer than aiohttp's 8 KiB


def http_session(
    *,
    allow_private: bool,
    without_headers: tuple[str, ...] = (),
    socket_factory: SocketFactory | None = None,
    egress: Egress = DIRECT,
) -> aiohttp.ClientSession:
    """Opened and closed by the caller, inside the running loop.

    ``allow_private``: whether names may resolve to private addresses. ``without_headers``: those
    that aiohttp would add by itself, and must not. ``socket_factory`` makes the sockets.
    ``egress``: by which way requests leave.
    """
    proxy = egress.proxy
    connector = IdleCheckingConnector(
        egress=egress,
        allow_private=allow_private,
        ssl=trusted_certificates(),
        limit=0,  # a stream holds its connection: a cap would hold back other tenants' calls
        keepalive_timeout=_KEEPALIVE_SECONDS,
        resolver=GuardedResolver(
            allow_private=allow_private, proxy=(proxy.host, proxy.port) if proxy else None
        ),
        socket_factory=socket_factory,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=without_headers,
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
    )


def trusted_certificates() -> ssl.SSLContext:
    """The system's authorities, or those of SSL_CERT_FILE and SSL_CERT_DIR, as OpenSSL has it.
    For every client of the gateway, so that a company's own authority counts for all alike.

    Read once in a process: it takes twenty milliseconds, in which nothing else is done.
    """
    return _read_certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _read_certificates(*_: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
