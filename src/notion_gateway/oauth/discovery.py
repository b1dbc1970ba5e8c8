"""Looking for what a server says about itself; one policy for how long that is remembered."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar, final

import structlog

from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import GatewayError, UpstreamUnsuitable
from notion_gateway.kernel.outbound.messages import (
    HttpAnswer,
    HttpRequest,
    HttpTransport,
    origin_of,
)
from notion_gateway.oauth.metadata import (
    Discovered,
    ResourceMetadata,
    ServerMetadata,
    authorization_server_urls,
    bearer_challenge,
    judge_authorization_server,
    judge_protected_resource,
    protected_resource_urls,
)

log = structlog.stdlib.get_logger()

_MAX_AGE = timedelta(hours=1)
_JSON = {"accept": "application/json"}
_RPC = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
_PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
_NO_GET = (404, 405)


T = TypeVar("T")


@final
class CachedDiscovery(Generic[T]):
    """What a server says about itself, remembered for an hour.

    One look at a time. An answer that has become old serves on while a look fails: what was
    found once has proved to be that server's, and a fault since then takes none of it. Before
    anything was found, those who wait for a look share its fault: one after the other, the last
    would wait for as many looks as there are people.
    """

    def __init__(self, what: str, discover: Callable[[], Awaitable[T]], clock: Clock) -> None:
        """``what`` names the server in the log. ``discover`` raises GatewayError where nothing can
        be found.
        """
        self._what = what
        self._discover = discover
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: tuple[T, datetime] | None = None
        self._fault: GatewayError | None = None
        """Of the last look that found nothing."""

    async def find(self, *, fresh: bool = False) -> T:
        """``fresh`` looks now, and fails where that fails. Raises what ``discover`` raises."""
        now = self._clock.now()
        if self._found is not None and not fresh and now < self._found[1]:
            return self._found[0]  # nobody who needs no fresh look waits for another's
        known = self._fault
        async with self._lock:
            fault = self._fault
            if self._found is None and not fresh and fault is not None and fault is not known:
                raise fault.with_traceback(None)
            if self._found is None or fresh:
                self._found = (await self._look(), now + _MAX_AGE)
            elif now >= self._found[1]:
                self._found = (await self._discover_again(self._found[0]), now + _MAX_AGE)
            return self._found[0]

    async def _look(self) -> T:
        try:
            return await self._discover()
        except GatewayError as fault:
            self._fault = fault
            raise

    async def _discover_again(self, known: T) -> T:
        try:
            return await self._discover()
        except GatewayError as fault:
            log.warning("discovery_outdated", server=self._what, detail=str(fault))
            return known


@final
class Discovery:
    """The OAuth side of an MCP server, found from nothing but its address."""

    def __init__(self, transport: HttpTransport, clock: Clock, mcp_url: str) -> None:
        self._transport = transport
        self._mcp_url = mcp_url
        self._cached = CachedDiscovery(mcp_url, self._discover, clock)

    async def find(self, *, fresh: bool = False) -> Discovered:
        """``fresh`` looks again now: a consent must not go to a server that Notion has left.

        Raises UpstreamUnreachable, UpstreamTimeout or UpstreamUnsuitable.
        """
        return await self._cached.find(fresh=fresh)

    async def server_of(self, issuer: str) -> ServerMetadata:
        """The server a grant came from. Credentials are never used at another issuer."""
        server = (await self.find()).server
        if server.issuer != issuer:
            raise UpstreamUnsuitable("Notion's issuer is another than the one of this grant.")
        return server

    async def _discover(self) -> Discovered:
        challenge = bearer_challenge(await self._probe())
        resource = await self._protected_resource(challenge.get("resource_metadata"))
        fault: UpstreamUnsuitable | None = None
        for url in authorization_server_urls(resource.issuer):
            answer = await self._transport.send(HttpRequest("GET", url, _JSON))
            try:
                server = judge_authorization_server(answer, resource.issuer, self._mcp_url)
            except UpstreamUnsuitable as unsuitable:
                fault = fault or unsuitable
            else:
                return Discovered(resource, server, challenge.get("scope") or None)
        raise fault or UpstreamUnsuitable

    async def _probe(self) -> HttpAnswer:
        """An unauthenticated request is how a client is meant to learn where to look.

        A server without a GET may say so before it looks for a token (2026-07-28 has none), so
        that one is asked once more, in the way of clients.
        """
        answer = await self._transport.send(HttpRequest("GET", self._mcp_url, _JSON))
        if answer.status in _NO_GET:
            answer = await self._transport.send(HttpRequest("POST", self._mcp_url, _RPC, _PING))
        return answer

    async def _protected_resource(self, challenged: str | None) -> ResourceMetadata:
        urls = [challenged] if challenged and self._is_own(challenged) else []
        fault: UpstreamUnsuitable | None = None
        for url in (*urls, *protected_resource_urls(self._mcp_url)):
            answer = await self._transport.send(HttpRequest("GET", url, _JSON))
            try:
                return judge_protected_resource(answer, self._mcp_url)
            except UpstreamUnsuitable as unsuitable:
                fault = fault or unsuitable
        raise fault or UpstreamUnsuitable

    def _is_own(self, url: str) -> bool:
        try:
            return origin_of(url) == origin_of(self._mcp_url)
        except ValueError:
            return False
