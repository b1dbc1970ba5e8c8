"""An ASGI call, as uvicorn makes it, from a request that was read before."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, cast, final
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from notion_gateway.http.request import Request
from notion_gateway.kernel.outbound.messages import RawHeaders

_OFFERED: Final = frozenset({b"upgrade", b"http2-settings"})


@final
class _Transport:
    """As much of a connection's as a cycle uses, closed as the gateway closes it."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close


def asgi_cycle(
    protocol: HttpToolsProtocol,
    request: Request,
    version: str,
    *,
    keep_alive: bool,
    close: Callable[[], None],
    additions: Mapping[str, Any],
) -> RequestResponseCycle:
    """``close`` ends its connection. ``additions`` to its scope. The protocol's parser may be
    further by now.
    """
    path = request.path.decode("ascii")
    scope: Any = {
        "type": "http",
        "asgi": {"version": protocol.asgi_version, "spec_version": "2.3"},
        "http_version": version,
        "server": protocol.server,
        "client": protocol.client,
        "scheme": protocol.scheme,
        "root_path": protocol.root_path,
        "headers": request.headers,
        "state": protocol.app_state.copy(),
        "method": request.method.decode("ascii"),
        "path": protocol.root_path + (unquote(path) if "%" in path else path),
        "raw_path": protocol.root_path.encode("ascii") + request.path,
        "query_string": request.query,
        **additions,
    }
    return RequestResponseCycle(
        scope=scope,
        transport=cast("Any", _Transport(protocol.transport, close)),
        flow=protocol.flow,
        logger=protocol.logger,
        access_logger=protocol.access_logger,
        access_log=protocol.access_log,
        default_headers=protocol.server_state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=protocol.expect_100_continue,
        keep_alive=version != "1.0" and keep_alive,
        on_response=protocol.on_response_complete,
    )


def head_without_offer(method: bytes, url: bytes, headers: RawHeaders) -> bytes:
    """The head of a request that offers to speak another protocol, without the offer."""
    lines = [method + b" " + url + b" HTTP/1.1"]
    for name, value in headers:
        kept = value
        if name == b"connection":
            tokens = (token.strip() for token in value.split(b","))
            kept = b", ".join(token for token in tokens if token.lower() not in _OFFERED)
        if name not in _OFFERED:
            lines.append(name + b": " + kept)
    return b"\r\n".join(lines) + b"\r\n\r\n"
