"""Bringing every stored secret under the newest key, while the gateway works."""

import asyncio
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.kernel.errors import SecretUnreadable
from notion_gateway.ports import EventStore, TokenVault

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Rotation:
    """``unreadable`` counts secrets that no configured key opens; they are left as they are."""

    key_id: str
    rewrapped: int
    unreadable: int


@final
@dataclass(frozen=True)
class RotateKeys:
    store: EventStore
    vault: TokenVault
    settle_seconds: float = 1.0

    async def run(self) -> Rotation:
        """Re-wraps what is under older keys, each secret in a transaction of its own.

        Stopped half-way, the next run goes on where it was: what is done is under the newest
        key already. A secret that a refresh replaces meanwhile is left to the refresh; one that
        it had sealed before the key was there is stored a moment later, so there is a second
        look after ``settle_seconds``.
        """
        key_id = self.vault.newest_key_id()
        first = await self._pass(key_id)
        await asyncio.sleep(self.settle_seconds)
        second = await self._pass(key_id)
        return Rotation(key_id, first.rewrapped + second.rewrapped, second.unreadable)

    async def _pass(self, key_id: str) -> Rotation:
        rewrapped = unreadable = 0
        after = ""
        while batch := await self.store.sealed_under_others(key_id, after=after):
            for sealed in batch:
                try:
                    done = await self.store.rewrap(sealed, self.vault.rewrap(sealed))
                except SecretUnreadable as fault:
                    log.warning("secret_unreadable", detail=str(fault))
                    unreadable += 1
                else:
                    rewrapped += done
            after = batch[-1].context.secret_id
        return Rotation(key_id, rewrapped, unreadable)
