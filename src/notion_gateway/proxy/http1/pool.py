"""Connections to one origin: made where addresses are allowed, kept while nothing is wrong."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Final, final

import aiohappyeyeballs
from aiohttp.abc import ResolveResult
from yarl import URL

from notion_gateway.kernel.addresses import address_literal, host_allowed
from notion_gateway.kernel.outbound.egress import EgressProxy
from notion_gateway.kernel.outbound.resolver import AddressRefused, GuardedResolver
from notion_gateway.kernel.outbound.session import trusted_certificates
from notion_gateway.kernel.outbound.sockets import watched
from notion_gateway.kernel.outbound.tunnel import open_tunnel
from notion_gateway.proxy.http1.connection import Connection

AddressInfo = tuple[int, int, int, str, tuple[str | int, ...]]
"""As ``getaddrinfo`` has it."""

CONNECT_SECONDS: Final = 10.0
"""For the turn, the name, the connection and TLS together."""
KEPT_SECONDS: Final = 30.0
KEPT_CONNECTIONS: Final = 512
CONNECTING_AT_ONCE: Final = 64
"""TLS takes a millisecond of processor time for each: a thousand callers before a cold pool would
hold up every open stream for a second."""
_NAME_SECONDS: Final = 10.0
_SECOND_FAMILY_AFTER_SECONDS: Final = 0.25  # RFC 8305 section 5


@dataclass(frozen=True, slots=True)
class Origin:
    """``host`` as it stands in the address: a name, or an IP address without brackets.
    ``tls``: none where the scheme is http.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None


def origin(address: str) -> Origin:
    """Of an http or https address."""
    url = URL(address, encoded=True)
    tls = trusted_certificates() if url.scheme == "https" else None
    return Origin(url.raw_host or "", url.port or 0, tls)


@final
class ConnectionPool:
    """There is no limit to how many are open: a stream holds its connection, and a limit would
    hold back other spaces' calls. Of those that are being made there is: the others wait for
    their turn.

    Opened inside the running loop, closed by ``close``.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        allow_private: bool,
        resolver: GuardedResolver | None = None,
        proxy: EgressProxy | None = None,
    ) -> None:
        """``proxy``: one that is reached by plain http; the target's TLS goes through it."""
        self._origin = origin
        self._allow_private = allow_private
        self._proxy = proxy
        self._resolver = resolver or GuardedResolver(
            allow_private=allow_private, proxy=(proxy.host, proxy.port) if proxy else None
        )
        self._loop = asyncio.get_running_loop()
        self._turns = asyncio.Semaphore(CONNECTING_AT_ONCE)
        self._open: set[Connection] = set()
        self._all_ended = asyncio.Event()
        self._kept: list[Connection] = []
        self._closed = False
        self._looking_up: asyncio.Task[list[AddressInfo]] | None = None
        self._found: list[AddressInfo] = []
        self._found_until = 0.0
        self._sweeping: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many are open, whether they are in use or kept."""
        return len(self._open)

    @property
    def idle(self) -> int:
        """How many are kept for another call."""
        return len(self._kept)

    @property
    def answering(self) -> int:
        """On how many an answer has begun and not ended: streams, for the most part."""
        return sum(one.is_answering for one in self._open)

    async def kept(self) -> Connection | None:
        """One that was in use before, the most recent first; None where no fit one is left."""
        while self._kept:
            one = self._kept.pop()
            alive = one.idle_since > self._loop.time() - KEPT_SECONDS and one.seems_alive()
            if alive is None:
                try:
                    await asyncio.sleep(0)  # the loop reads what has come, and it ends by that
                except asyncio.CancelledError:
                    one.cut()
                    raise
                alive = one.seems_alive()
            if alive:
                return one
            one.cut()
        return None

    def ready(self) -> Connection | None:
        """As ``kept``, where the loop need not be waited for to know that it is fit."""
        longest = self._loop.time() - KEPT_SECONDS
        while self._kept:
            one = self._kept.pop()
            alive = one.idle_since > longest and one.seems_alive()
            if alive:
                return one
            if alive is None:
                self._kept.append(one)  # ``kept`` finds out
                return None
            one.cut()
        return None

    async def made(self) -> Connection:
        """A new one. Raises OSError, TimeoutError or AddressRefused; and OSError once the pool is
        closed.
        """
        self._require_open()
        async with asyncio.timeout(CONNECT_SECONDS), self._turns:
            self._require_open()
            one = await self._connected()
        self._open.add(one)
        self._all_ended.clear()
        if self._closed:
            one.cut()
            self._require_open()
        return one

    async def _connected(self) -> Connection:
        found = await self._addresses()
        connected = await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType]
            found,
            happy_eyeballs_delay=_SECOND_FAMILY_AFTER_SECONDS,
            socket_factory=watched,
        )
        one = Connection(self.keep, self._lost)
        try:
            await self._begin(one, connected)
        except BaseException:
            connected.close()
            raise
        return one

    async def _begin(self, one: Connection, connected: socket.socket) -> None:
        origin, name = self._origin, self._origin.host if self._origin.tls else None
        if self._proxy is None or origin.tls is None:
            await self._loop.create_connection(
                lambda: one, sock=connected, ssl=origin.tls, server_hostname=name
            )
            return
        tunnel = await open_tunnel(connected, self._proxy, origin.host, origin.port)
        try:
            secured = await self._loop.start_tls(tunnel, one, origin.tls, server_hostname=name)
        except BaseException:
            tunnel.abort()
            raise
        if secured is None:  # as it says where it has ended meanwhile
            raise ConnectionAbortedError("the way through the proxy ended")
        one.connection_made(secured)

    async def close(self) -> None:
        """Cuts whatever is open; nothing opens from then on."""
        self._closed = True
        if self._looking_up is not None:
            self._looking_up.cancel()
        if self._sweeping is not None:
            self._sweeping.cancel()
        for one in tuple(self._open):
            one.cut()
        self._kept.clear()
        if self._open:
            await self._all_ended.wait()
        await self._resolver.close()

    async def _addresses(self) -> list[AddressInfo]:
        if not host_allowed(self._origin.host, allow_private=self._allow_private):
            raise AddressRefused("the address is none that is connected to")
        there = self._proxy or self._origin
        host, port = there.host, there.port
        if (literal := address_literal(host)) is not None:
            family = socket.AF_INET if literal.version == 4 else socket.AF_INET6  # noqa: PLR2004
            return [_addressed(family, 0, str(literal), port)]
        if self._loop.time() < self._found_until:
            return self._found
        if self._looking_up is None:
            self._looking_up = asyncio.create_task(self._look_up(), name="name lookup")
            self._looking_up.add_done_callback(self._looked_up)
        # Whoever comes meanwhile shares what becomes of it; who leaves does not end it.
        return await asyncio.shield(self._looking_up)

    async def _look_up(self) -> list[AddressInfo]:
        there = self._proxy or self._origin
        found = await self._resolver.resolve(there.host, there.port, socket.AF_UNSPEC)
        self._found = [_of(one) for one in found]
        self._found_until = self._loop.time() + _NAME_SECONDS
        return self._found

    def _looked_up(self, task: asyncio.Task[list[AddressInfo]]) -> None:
        self._looking_up = None
        if not task.cancelled():
            task.exception()  # looked at: all who waited may have left

    def _require_open(self) -> None:
        if self._closed:
            raise ConnectionAbortedError("the pool is closed")

    def keep(self, one: Connection) -> None:
        """For another call: nothing is under way on it."""
        if self._closed or len(self._kept) >= KEPT_CONNECTIONS:
            one.cut()
            return
        one.idle_since = self._loop.time()
        self._kept.append(one)
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(KEPT_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Ends what nobody has needed for long. The longest idle stand first."""
        longest = self._loop.time() - KEPT_SECONDS
        too_long = sum(one.idle_since <= longest for one in self._kept)
        for one in self._kept[:too_long]:
            one.cut()
        del self._kept[:too_long]
        self._sweeping = (
            self._loop.call_later(KEPT_SECONDS / 2, self._sweep) if self._kept else None
        )

    def _lost(self, one: Connection) -> None:
        self._open.discard(one)
        if not self._open:
            self._all_ended.set()
        if one in self._kept:
            self._kept.remove(one)


def _of(found: ResolveResult) -> AddressInfo:
    return _addressed(found["family"], found["proto"], found["host"], found["port"])


def _addressed(family: int, protocol: int, host: str, port: int) -> AddressInfo:
    address = (host, port) if family == socket.AF_INET else (host, port, 0, 0)
    return (family, socket.SOCK_STREAM, protocol, "", address)
