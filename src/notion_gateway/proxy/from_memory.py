"""Calls whose every answer is in memory: served in callbacks, from one socket to the other.

Who calls, whether they belong to the space, how much they may call, whose session it is, the
space's token, a connection to Notion: each is asked of the same code that ``endpoint.py`` asks.
Where one does not know without I/O, or refuses, the call becomes a coroutine there, which asks
everything anew and makes up the answer.
"""

import time
from typing import Final, NamedTuple, final

from notion_gateway.access.caller import known_principal
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Principal
from notion_gateway.http.allowed_callers import AllowedCallers
from notion_gateway.http.callbacks import CallerSide, Request
from notion_gateway.http.request_log import request_id_of
from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.relay import Relay, RelayedCall
from notion_gateway.proxy.rules.headers import headers_upstream
from notion_gateway.proxy.rules.mcp_without_notion import LISTEN, connect_call
from notion_gateway.proxy.rules.not_connected import opens_links_from_now, without_our_answer
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.rules.space_of_call import agreeing_meta, named_space
from notion_gateway.proxy.upstream import ProxyCall

_PREFIX: Final = b"/mcp/notion/"
_FOR_APPLICATIONS: Final = b"proxy"
_METHODS: Final = {b"POST": "POST", b"GET": "GET"}
_MAX_PATH_BYTES: Final = 256


class _Known(NamedTuple):
    """What the head of a request says, and memory knows of it."""

    principal: Principal
    space_id: str
    in_path: str | None
    lent: LentToken


def served_from_memory(
    access: Access, proxy: Proxy, allowed: AllowedCallers
) -> "FromMemory | None":
    """None where calls go through an egress proxy, by a client that has no callbacks."""
    if proxy.http1 is None:
        return None
    return FromMemory(access, proxy, proxy.http1, allowed)


@final
class FromMemory:
    """A ``CallbackServer`` for ``POST`` and ``GET`` of the MCP endpoints."""

    def __init__(
        self, access: Access, proxy: Proxy, upstream: Http1Upstream, allowed: AllowedCallers
    ) -> None:
        self._access = access
        self._proxy = proxy
        self._upstream = upstream
        self._allowed = allowed

    def recognises(self, request: Request) -> bool:
        path = request.path
        if not path.startswith(_PREFIX) or request.method not in _METHODS:
            return False
        place = path[len(_PREFIX) :].removesuffix(b"/")
        if not place or b"/" in place or b"%" in place or len(path) > _MAX_PATH_BYTES:
            return False
        in_path = None if place == _FOR_APPLICATIONS else place.decode("ascii")
        try:
            known = self._known(request, in_path)
        except GatewayError:
            return False
        request.known = known
        return known is not None

    def _known(self, request: Request, in_path: str | None) -> _Known | None:
        access = self._access
        if self._allowed.require(request.headers, ""):
            return None
        principal = known_principal(access, request.headers)
        if principal is None:
            return None
        space_id = named_space(principal, in_path)
        if space_id is None or not access.members.require_cached(principal, space_id):
            return None
        lent = self._proxy.calls.token_at_hand(space_id)
        return _Known(principal, space_id, in_path, lent) if lent is not None else None

    def serve(self, request: Request, caller: CallerSide) -> Relay | None:
        known: _Known = request.known
        try:
            return self._served(request, known, caller)
        except GatewayError:
            return None

    def _served(self, request: Request, known: _Known, side: CallerSide) -> Relay | None:
        principal, body = known.principal, request.body
        if (request.method == b"POST") is not bool(body):
            return None
        meta = agreeing_meta(principal, known.in_path, body)
        if (
            meta.body is not body
            or opens_links_from_now(body) is not None
            or (known.in_path is not None and _is_about_connecting(body))
        ):
            return None
        if principal.limits is not None:
            principal.limits.require(body, request.headers)
        caller = Caller(known.space_id, principal.user_id)
        sessions = self._proxy.sessions
        headers, session = sessions.incoming(headers_upstream(request.headers), caller)
        if session.is_ours:
            return None
        method = _METHODS[request.method]
        call = RelayedCall(
            request=request,
            method=method,
            caller=caller,
            lent=known.lent,
            opens_links=session.opens_links,
            only_listens=method == "GET" or (b"mcp-method", LISTEN) in request.headers,
            request_id=request_id_of(request.headers),
            began=time.perf_counter(),
        )
        relay = Relay(call, side, self._proxy, self._access.limits, self._upstream)
        sent = ProxyCall(method, headers, body, request.query)
        return relay if relay.begin(principal, sent) else None


def _is_about_connecting(body: bytes) -> bool:
    return connect_call(body) is not None or without_our_answer(body).was_answered
