"""What every request passes first: its id, its host, its origin, its line in the log.

Pure ASGI: nothing is buffered, and the client's disconnect stays visible to whoever serves.
"""

import asyncio
import os
import re
import time
from collections.abc import Collection
from functools import lru_cache
from typing import final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_gateway.http.problems import problem, rpc_error
from notion_gateway.kernel.addresses import address_literal, is_loopback_name
from notion_gateway.kernel.errors import (
    AccessEnded,
    GatewayError,
    HostNotAllowed,
    OriginNotAllowed,
    UpstreamAborted,
    UpstreamTimeout,
)
from notion_gateway.kernel.own_address import normal_host

log = structlog.stdlib.get_logger()

REQUEST_ID = "notion_gateway.request_id"
"""Where the scope holds the request's id."""

_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)
"""A name or an address, and perhaps a port (RFC 9110 section 7.2): no user, no path."""

_QUIET = frozenset({"/livez", "/readyz"})


@final
class Gate:
    """``origins``: those of browsers that may call, besides those that begin with one of
    ``origin_starts`` (``chrome-extension://``); a request without one is no browser's.

    ``hosts``: the names this gateway answers to besides loopback's, in normal form, so that a
    page whose name was rebound to this machine cannot call. One with a port counts on that
    port alone. ``open_probes``: liveness and
    readiness answer by any name, because a cluster asks by address. ``for_browsers`` is the
    same app with what pages need besides.
    """

    def __init__(
        self,
        app: ASGIApp,
        for_browsers: ASGIApp,
        *,
        origins: Collection[str],
        origin_starts: Collection[str],
        hosts: Collection[str],
        open_probes: bool,
    ) -> None:
        self._app = app
        self._for_browsers = for_browsers
        self._origins = frozenset(origin.encode() for origin in origins)
        self._origin_starts = tuple(start.encode() for start in origin_starts)
        self._hosts = frozenset(hosts)
        self._open_probes = open_probes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope[REQUEST_ID] = request_id
        path: str = scope["path"]
        status = 0
        began = time.perf_counter()

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        outcome = "answered"
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                app = self._for_browsers if self._check(scope) else self._app
                await app(scope, receive, answered)
            except asyncio.CancelledError:
                # By the server alone, which is stopping and has waited for as long as it waits.
                outcome = "stopped"
                if status:
                    raise UpstreamAborted("The gateway was stopped while it answered.") from None
                late = UpstreamTimeout("The gateway was stopped before there was an answer.")
                await _refuse(late, request_id, path, answered)
            except UpstreamAborted as fault:
                outcome = "access_ended" if isinstance(fault, AccessEnded) else "aborted_upstream"
                raise  # the server cuts the connection: a clean end would be a lie
            except GatewayError as fault:
                await _refuse(fault, request_id, path, answered)
            finally:
                if path not in _QUIET:
                    log.info(
                        "request",
                        method=scope["method"],
                        path=path,  # never the query: a callback's holds a code
                        status=status,
                        outcome=outcome if status else "client_left",
                        duration_ms=round((time.perf_counter() - began) * 1000, 1),
                    )

    def _check(self, scope: Scope) -> bool:
        """Whether a browser calls for a page. Raises OriginNotAllowed and HostNotAllowed."""
        from_page = False
        for name, value in scope["headers"]:
            if name == b"origin":
                from_page = True
                if value not in self._origins and not value.startswith(self._origin_starts):
                    raise OriginNotAllowed
            if name == b"host" and not self._answers_to(value):
                if self._open_probes and scope["path"] in _QUIET:
                    continue
                raise HostNotAllowed
        return from_page

    def _answers_to(self, host: bytes) -> bool:
        name, with_port = _names_in(host)
        hosts = self._hosts
        return name in hosts or _is_this_machine(name.strip("[]")) or with_port in hosts


def _request_id(scope: Scope) -> str:
    """The caller's own, where it sent a decent one; it ties logs of several services together."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            return value.decode()
    return os.urandom(16).hex()


@lru_cache(maxsize=64)
def _is_this_machine(name: str) -> bool:
    """In the one spelling that browsers send: ``127.1`` in a Host header is nobody's."""
    literal = name != "localhost" and is_loopback_name(name) and address_literal(name)
    return name == "localhost" or (bool(literal) and str(literal) == name)


@lru_cache(maxsize=64)
def _names_in(host: bytes) -> tuple[str, str]:
    """A Host header in normal form, without its port and as it is; empty where it is malformed."""
    found = _HOST.fullmatch(host)
    if found is None:
        return "", ""
    try:
        name = normal_host(found[1].decode())
    except ValueError:
        return "", ""
    return name, f"{name}{(found[2] or b'').decode()}"


async def _refuse(fault: GatewayError, request_id: str, path: str, send: Send) -> None:
    speaks_mcp = path.startswith("/mcp/")
    answer = rpc_error(fault, request_id, None) if speaks_mcp else problem(fault, request_id)
    status, headers, body = answer
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": body})
