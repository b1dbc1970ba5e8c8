"""Which MCP client somebody is: registered here, or described by a document of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import structlog
from cachetools import TTLCache

from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.authorization_server.client_documents import ClientDocuments
from notion_gateway.authorization_server.client_store import ClientStore
from notion_gateway.authorization_server.rules.clients import (
    COMMAND_LINE,
    WAY_ROUND,
    ClientUnusable,
    McpClient,
    client_of_document,
    document_stand_in,
    is_document_address,
    require_document_address,
)
from notion_gateway.authorization_server.rules.refusals import AskedTooOften
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.kernel.clock import Clock

log = structlog.stdlib.get_logger()

_DOCUMENT_SECONDS = 3600.0
_DOCUMENTS = 1000
_CLIENT_ID_CHARACTERS = 2000


@final
@dataclass
class ClientDirectory:
    """``arrivals`` counts registrations and documents read, by the address they were asked
    from: both cost the gateway something before anybody has signed in.
    """

    store: ClientStore
    documents: ClientDocuments
    reads_documents: bool
    allow_local_documents: bool
    arrivals: RateLimiter
    clock: Clock
    monotonic: Callable[[], float]
    _known: TTLCache[str, McpClient] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._known = TTLCache(_DOCUMENTS, _DOCUMENT_SECONDS, timer=self.monotonic)

    async def find(self, client_id: str, address: str) -> McpClient | None:
        """None for a client that nobody knows. Raises ClientUnusable, TooManyRequests or
        StoreUnavailable.
        """
        if len(client_id) > _CLIENT_ID_CHARACTERS:
            return None
        if client_id == COMMAND_LINE.client_id:
            return COMMAND_LINE
        if not is_document_address(client_id):
            return await self.store.get(client_id)
        if not self.reads_documents:
            raise ClientUnusable(f"This gateway reads no clients' documents. {WAY_ROUND}")
        require_document_address(client_id, allow_local=self.allow_local_documents)
        known = self._known.get(client_id)
        if known is None:
            self._count(address)
            known = client_of_document(client_id, await self.documents.read(client_id))
            self._known[client_id] = known
        return known

    async def redeeming(self, client_id: str) -> McpClient | None:
        """The same at the token endpoint, where no document is read: what a person allowed to
        such a client says all that counts.
        """
        if client_id == COMMAND_LINE.client_id:
            return COMMAND_LINE
        if is_document_address(client_id):
            return document_stand_in(client_id)
        return await self.store.get(client_id)

    def require_room(self, address: str) -> None:
        """Counts an attempt to register. Raises TooManyRequests."""
        self._count(address)

    async def register(self, client: McpClient) -> None:
        await self.store.add(client, self.clock.now())
        log.info("client_registered", client_id=client.client_id, client_name=client.name)

    def _count(self, address: str) -> None:
        wait = self.arrivals.hit(address)
        if wait is not None:
            raise AskedTooOften(
                Why.CLIENTS_TOO_MANY,
                "Too many new MCP clients from this address. Wait a minute, then try again.",
                retry_after_seconds=wait,
            )
