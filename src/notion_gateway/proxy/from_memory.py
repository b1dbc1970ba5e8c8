"""Calls whose every answer is in memory: served in callbacks, from one socket to the other.

Who calls, whether they belong to the space, how much they may call, whose session it is, the
space's token, a connection to Notion: each is asked of the same code that ``endpoint.py`` asks.
Where one does not know without I/O, or refuses, the call becomes a coroutine there, which asks
everything anew and makes up the answer.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple, final

from notion_gateway.access.caller import known_principal
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Principal
from notion_gateway.http.allowed_callers import AllowedCallers
from notion_gateway.http.callbacks import CallerSide, Request
from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.relay import Relay, Relays
from notion_gateway.proxy.rules.headers import headers_upstream
from notion_gateway.proxy.rules.mcp_without_notion import connect_call
from notion_gateway.proxy.rules.not_connected import opens_links_from_now, without_our_answer
from notion_gateway.proxy.rules.seed_meta import may_hold_seed_meta
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.proxy.rules.space_of_call import agreeing_meta, named_space
from notion_gateway.proxy.upstream import ProxyCall

_PREFIX: Final = b"/mcp/notion/"
_FOR_APPLICATIONS: Final = b"proxy"
_METHODS: Final = {b"POST": "POST", b"GET": "GET"}
_MAX_REMEMBERED: Final = 10_000
_NAMING: Final = (b"authorization", b"x-user-id", b"x-space-id")
"""Headers that say who calls, and for which space."""


class _Known(NamedTuple):
    """What the head of a request says, and memory knows of it."""

    principal: Principal
    caller: Caller
    in_path: str | None
    lent: LentToken
    until: datetime
    version: int
    """Of memory, when this was so."""


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
        self._authentication = access.authentication
        self._clock = access.authentication.clock
        self._recognised = access.authentication.cache
        self._members = access.members
        self._tokens = proxy.calls.access_tokens
        self._sessions = proxy.sessions
        self._relays = Relays(proxy, access.limits, upstream)
        self._allowed = allowed
        self._remembered: dict[bytes, _Known] = {}
        """What was found out by these headers at this path. Without it each call would look up
        four caches; the bearer itself is not kept, only a hash over it."""

    def recognises(self, request: Request) -> bool:
        path, named = request.path, request.named
        if not path.startswith(_PREFIX) or request.method not in _METHODS:
            return False
        # A page's request passes the checks for pages, in a coroutine.
        if b"origin" in named or not self._allowed.answers_to(named[b"host"]):
            return False
        key = _key(path, named)
        known = self._remembered.get(key)
        if known is None or not self._holds(known):
            known = self._look_up(request)
            if known is None:
                return False
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = known
        else:
            self._authentication.used(known.principal)
        request.known = known
        return True

    def _version(self) -> int:
        """Another one whenever anything in memory that a call depends on has changed."""
        return self._members.version + self._recognised.changes + self._tokens.changes

    def _holds(self, known: "_Known") -> bool:
        return (
            known.version == self._version()
            and self._access.trust.holds()
            and self._clock.now() < known.until
        )

    def _look_up(self, request: Request) -> "_Known | None":
        place = request.path[len(_PREFIX) :].removesuffix(b"/")
        if not place or not place.isascii() or b"/" in place or b"%" in place:
            return None
        try:
            return self._known(request, None if place == _FOR_APPLICATIONS else place.decode())
        except GatewayError:
            return None

    def _known(self, request: Request, in_path: str | None) -> "_Known | None":
        version = self._version()
        recognised = known_principal(self._access, request.headers)
        if recognised is None:
            return None
        principal = recognised.principal
        space_id = named_space(principal, in_path)
        if space_id is None or not self._members.require_cached(principal, space_id):
            return None
        lent = self._tokens.cached(space_id)
        if lent is None:
            return None
        until = min(recognised.good_until, lent.use_until)
        caller = Caller(space_id, principal.user_id)
        return _Known(principal, caller, in_path, lent, until, version)

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
        if (
            (
                may_hold_seed_meta(body)
                and agreeing_meta(principal, known.in_path, body).body is not body
            )
            or opens_links_from_now(body) is not None
            or (known.in_path is not None and _is_about_connecting(body))
        ):
            return None
        if principal.limits is not None:
            principal.limits.require(body, request.headers)
        headers, session = self._sessions.incoming(headers_upstream(request.headers), known.caller)
        if session.is_ours:
            return None
        relay = Relay(
            self._relays,
            request,
            side,
            known.caller,
            known.lent,
            opens_links=session.opens_links,
        )
        sent = ProxyCall(_METHODS[request.method], headers, body, request.query)
        return relay if relay.begin(principal, sent) else None


def _is_about_connecting(body: bytes) -> bool:
    return connect_call(body) is not None or without_our_answer(body).was_answered


def _key(path: bytes, named: Mapping[bytes, bytes]) -> bytes:
    # No path and no header holds the end of a line.
    said = b"\n".join((path, *[named.get(name, b"") for name in _NAMING]))
    return hashlib.sha256(said).digest()
