"""Renewing grants that nobody uses, before Notion lets them lapse.

Notion forgets a refresh token after 30 days without use, so a team back from a long break
would find its connection gone.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.rules.expiry import RENEWED_WHEN_IDLE_FOR
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable
from notion_gateway.kernel.waiting import ends_unless, happens_within
from notion_gateway.vault.secrets_table import SecretsTable

log = structlog.stdlib.get_logger()

IDLE_SECONDS = RENEWED_WHEN_IDLE_FOR.total_seconds()
LOOK_EVERY_SECONDS = 6 * 3600.0
AT_ONCE = 2
_LOT = 50
"""Of so many grants it is asked anew which ones nobody has renewed meanwhile."""


@final
@dataclass(frozen=True)
class IdleGrants:
    """Every replica may run it: the lease lets one of them renew, the others adopt."""

    secrets: SecretsTable
    access_tokens: AccessTokens
    idle_seconds: float = IDLE_SECONDS
    look_every_seconds: float = LOOK_EVERY_SECONDS
    at_once: int = AT_ONCE

    async def run(self, stop: asyncio.Event) -> None:
        """Looks again and again until ``stop`` is set."""
        while True:
            try:
                await self.renew_idle(stop)
            except GatewayError as fault:
                log.warning("idle_renewals_interrupted", reason=fault.reason)
            if await happens_within(stop, self.look_every_seconds):
                return

    async def renew_idle(self, stop: asyncio.Event | None = None) -> int:
        """A few at once, and calls before them. Once ``stop`` is set, what has begun ends and
        nothing more begins: the next look, here or elsewhere, finds the rest.

        How many idle grants are fresh again, whether by this replica or by another.
        """
        waiting = _Waiting(self.secrets, self.idle_seconds)
        await waiting.find()
        fresh = 0

        async def one_after_the_other() -> None:
            nonlocal fresh
            while (grant_id := await waiting.take()) is not None:
                await let_calls_pass()
                if stop is not None and stop.is_set():
                    return
                if await self._renew(grant_id):
                    fresh += 1  # not in one line with the wait: others count meanwhile

        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.at_once):
                    group.create_task(one_after_the_other())

        # A renewal that Notion does not answer goes on by itself, and is waited for elsewhere.
        await ends_unless(stop or asyncio.Event(), all_of_them())
        return fresh + waiting.renewed_by_others

    async def _renew(self, grant_id: str) -> bool:
        try:
            await self.access_tokens.lend(grant_id, "idle")
        except GatewayError as fault:
            log.warning("idle_renewal_failed", **in_log(grant_id), reason=fault.reason)
            return False
        return True


@final
class _Waiting:
    """Idle grants that are to be renewed, in an order of this replica's own: replicas that went
    through one list side by side would wait for each other's leases at every grant.

    Several replicas look at the same time after an update. So each asks for a lot at a time which
    of them are still idle: what another one has renewed would otherwise cost half a renewal.
    """

    def __init__(self, secrets: SecretsTable, idle_seconds: float) -> None:
        self._secrets = secrets
        self._idle_seconds = idle_seconds
        self._later: list[str] = []
        self._lot: list[str] = []
        self._looks = asyncio.Lock()
        self.renewed_by_others = 0

    async def find(self) -> None:
        """Raises StoreUnavailable."""
        found = await self._secrets.unrenewed_grants(self._idle_seconds)
        self._later = random.sample(found, len(found))

    async def take(self) -> str | None:
        """None where no grant is left."""
        async with self._looks:
            while not self._lot and self._later:
                lot, self._later[-_LOT:] = self._later[-_LOT:], []
                self._lot = [*await self._still_idle(lot)]
                self.renewed_by_others += len(lot) - len(self._lot)
            return self._lot.pop() if self._lot else None

    async def _still_idle(self, lot: Sequence[str]) -> Sequence[str]:
        try:
            return await self._secrets.unrenewed_among(lot, self._idle_seconds)
        except StoreUnavailable:  # each renewal waits for the database, and says so
            return lot


async def let_calls_pass() -> None:
    """Waits three times as long as this process keeps others waiting, half a second at most: there
    are days for what the gateway does by itself, and a call has somebody who waits for it.
    """
    asked = steady_seconds()
    await asyncio.sleep(0)
    kept_waiting = steady_seconds() - asked
    await asyncio.sleep(min(3 * kept_waiting, 0.5))
