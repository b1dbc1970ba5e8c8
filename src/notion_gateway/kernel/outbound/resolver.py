"""Name resolution that refuses addresses no public server has (SSRF, DNS rebinding).

The check sits in the resolver, after resolving and before connecting, so that a name which
changes its answer between a check and the connection gains nothing.
"""

import socket
from typing import final

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from notion_gateway.kernel.addresses import address_allowed


class AddressRefused(OSError):
    """The name resolves to an address this gateway does not connect to."""


@final
class GuardedResolver(AbstractResolver):
    """Made inside the running loop, as aiohttp wants it. ``proxy``: host and port of the
    operator's egress proxy, which may be at any address.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        inner: AbstractResolver | None = None,
        proxy: tuple[str, int] | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._proxy = proxy
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if (host, port) == self._proxy:
            return found
        kept = [
            one
            for one in found
            if address_allowed(host, one["host"], allow_private=self._allow_private)
        ]
        if not kept:
            raise AddressRefused("the name resolves to no allowed address")
        return kept

    async def close(self) -> None:
        await self._inner.close()
