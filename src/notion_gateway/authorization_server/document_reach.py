"""Whether client-id metadata documents can be read from here, which decides whether they are
advertised: a client that is told so, where the gateway has no way out, cannot log in at all.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import final

import structlog

from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.messages import HttpRequest, HttpTransport

log = structlog.stdlib.get_logger()

KNOWN_DOCUMENTS = (
    "https://claude.ai/oauth/claude-code-client-metadata",
    "https://vscode.dev/oauth/client-metadata.json",
)
"""Of widely used clients, on two hosts. Any answer shows that there is a way out."""

_REACHED_SECONDS = 3600.0
_NOT_REACHED_SECONDS = 300.0
_LOOK_SECONDS = 3.0


@final
@dataclass
class DocumentReach:
    """``fixed``: what the settings say, where they do not leave it to a look outside. A look is
    taken when somebody asks, once for all who ask meanwhile, and remembered.
    """

    transport: HttpTransport
    monotonic: Callable[[], float]
    fixed: bool | None = None
    looked_at: Sequence[str] = KNOWN_DOCUMENTS
    _reached: bool = field(init=False, default=False)
    _good_until: float = field(init=False, default=0.0)
    _looking: asyncio.Lock = field(init=False, repr=False, default_factory=asyncio.Lock)

    async def advertised(self) -> bool:
        if self.fixed is not None:
            return self.fixed
        async with self._looking:
            if self.monotonic() >= self._good_until:
                self._remember(reached=await self._look())
            return self._reached

    def _remember(self, *, reached: bool) -> None:
        if not reached:
            log.warning("client_documents_out_of_reach")
        self._reached = reached
        lasting = _REACHED_SECONDS if reached else _NOT_REACHED_SECONDS
        self._good_until = self.monotonic() + lasting

    async def _look(self) -> bool:
        looks = [asyncio.create_task(self._answers(one)) for one in self.looked_at]
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                for look in asyncio.as_completed(looks):
                    if await look:
                        return True
        except TimeoutError:
            pass
        finally:
            for look in looks:
                look.cancel()
            await asyncio.gather(*looks, return_exceptions=True)
        return False

    async def _answers(self, address: str) -> bool:
        try:
            await self.transport.send(HttpRequest("GET", address, {"accept": "application/json"}))
        except GatewayError:
            return False
        return True
