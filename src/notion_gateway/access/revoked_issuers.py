"""Which issuers an operator has revoked: known in memory, read anew when that changes."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final, final

from notion_gateway.access.issuer_store import IssuerStore
from notion_gateway.kernel.background import READS_END_WITHIN_SECONDS, Detached
from notion_gateway.kernel.errors import StoreUnavailable

_AGAIN_AFTER_SECONDS: Final = 0.5


@final
@dataclass
class RevokedIssuers:
    """``listed`` is asked on the way of calls, so it does no I/O. Who lets somebody in for the
    first time asks the database besides (``issuer_store.confirmed``).
    """

    store: IssuerStore
    listed: Collection[str] = frozenset()
    _in_turn: asyncio.Lock = field(init=False, repr=False, default_factory=asyncio.Lock)
    _reading: Detached = field(
        init=False, repr=False, default_factory=lambda: Detached(READS_END_WITHIN_SECONDS)
    )

    async def load(self) -> None:
        """One read after the other: of two at once the older might arrive last, and stay. Raises
        StoreUnavailable.
        """
        async with self._in_turn:
            self.listed = await self.store.revoked()

    def changed(self, then: Callable[[], None]) -> None:
        """Somebody has revoked or restored one. ``then`` is called once that is known here: what
        was remembered by the old list is to be dropped after it, not before.
        """
        self._reading.run(self._read(then), "revoked-issuers")

    async def _read(self, then: Callable[[], None]) -> None:
        """Until it is known; while the database cannot be reached, the last list counts."""
        while True:
            try:
                await self.load()
            except StoreUnavailable:
                await asyncio.sleep(_AGAIN_AFTER_SECONDS)
            else:
                then()
                return

    async def close(self) -> None:
        await self._reading.close()
