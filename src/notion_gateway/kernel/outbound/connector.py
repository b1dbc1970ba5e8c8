"""Connections to Notion, kept between calls only while nothing is wrong with them."""

import asyncio
from typing import TYPE_CHECKING, final

from aiohttp import TCPConnector

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace


@final
class IdleCheckingConnector(TCPConnector):
    """Takes no kept connection on which Notion has sent bytes before a request, or which is closed.

    aiohttp would give what was said there to the next call as its answer, and that call's
    answer to the one after it: perhaps another space's. And a call that is written to a closed
    connection is lost, because it may not be sent twice.
    """

    async def _get(self, key: "ConnectionKey", traces: list["Trace"]) -> "Connection | None":
        if self._conns.get(key):
            await asyncio.sleep(0)  # what has arrived by now is read before one is chosen
        while (kept := await super()._get(key, traces)) is not None:
            if kept.protocol is None or not kept.protocol.should_close:
                return kept
            kept.close()
        return None
