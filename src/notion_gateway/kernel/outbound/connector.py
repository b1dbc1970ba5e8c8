"""Connections out of this house: to allowed addresses only, by the way that is configured, and
kept between calls only while nothing is wrong with them.
"""

import asyncio
from typing import TYPE_CHECKING, Any, final

import aiohttp
from aiohttp import TCPConnector
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from notion_gateway.kernel.addresses import host_allowed
from notion_gateway.kernel.outbound.egress import DIRECT, Egress
from notion_gateway.kernel.outbound.resolver import AddressRefused

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest, ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace


@final
class IdleCheckingConnector(TCPConnector):
    """Takes no kept connection on which Notion has sent bytes before a request, or which is closed.

    aiohttp would give what was said there to the next call as its answer, and that call's
    answer to the one after it: perhaps another space's. And a call that is written to a closed
    connection is lost, because it may not be sent twice.

    A connection that is made goes through the proxy, where ``egress`` says so: whoever uses the
    session need not think of it. Addresses that stand in a URL are judged here, because aiohttp
    asks no resolver for them.
    """

    def __init__(
        self,
        *,
        egress: Egress = DIRECT,
        allow_private: bool = False,
        **options: Any,  # noqa: ANN401 - aiohttp names and types them
    ) -> None:
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]
        self._egress = egress
        self._allow_private = allow_private

    async def _get(self, key: "ConnectionKey", traces: list["Trace"]) -> "Connection | None":
        if self._conns.get(key):
            await asyncio.sleep(0)  # what has arrived by now is read before one is chosen
        while (kept := await super()._get(key, traces)) is not None:
            if kept.protocol is None or not kept.protocol.should_close:
                return kept
            kept.close()
        return None

    async def _create_connection(
        self,
        req: "ClientRequest",
        traces: list["Trace"],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own
    ) -> ResponseHandler:
        """Kept connections are found by the target alone: its way is always the same."""
        if not host_allowed(req.url.host or "", allow_private=self._allow_private):
            raise AddressRefused("the address is none that is connected to")
        proxy = self._egress.proxy_for(str(req.url))
        if proxy is not None:
            req.update_proxy(URL(proxy.url), None, proxy.headers)
        elif self._is_the_proxy(req.url):
            raise AddressRefused("the proxy is no server to ask for anything")
        return await super()._create_connection(req, traces, timeout)

    def _is_the_proxy(self, url: URL) -> bool:
        """The resolver lets the proxy be at any address, also where others may not be."""
        proxy = self._egress.proxy
        return proxy is not None and (url.host, url.port) == (proxy.host, proxy.port)
