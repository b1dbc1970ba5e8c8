"""Writes a warning down for each grant that needs a person soon: 30, 7 and 1 days before.

Of several gateways one looks, once an hour (a lease, as maintenance has one). The lease saves work,
no more: that each warning is given once, the unique index of ``webhook_deliveries`` sees to.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, final

import structlog

from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.rules.grant_ids import in_log, space_of
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import GatewayError, HistoryUnreadable
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.notices.outbox import Outbox
from notion_gateway.notices.rules.messages import of_expiry
from notion_gateway.notices.store import WebhookStore
from notion_gateway.storage.database import Database

log = structlog.stdlib.get_logger()

TURN: Final = "gateway/warnings"
"""The lease's name; no space can have it."""
EVERY_SECONDS: Final = 3600.0
ASK_SECONDS: Final = 300.0
"""How often each gateway asks whether it is time, give or take a half."""

_TURN_SECONDS: Final = 600.0
"""How long the turn of a gateway that was killed keeps others from theirs."""


@final
@dataclass
class Warnings:
    database: Database
    events: IntegrationEvents
    store: WebhookStore
    outbox: Outbox
    clock: Clock
    every_seconds: float = EVERY_SECONDS
    ask_seconds: float = ASK_SECONDS
    _leases: Leases = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._leases = Leases(
            self.database,
            lease_seconds=_TURN_SECONDS,
            deadline_seconds=_TURN_SECONDS / 2,
            under_way_seconds=max(self.every_seconds, _TURN_SECONDS),
            patience_seconds=0.0,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Again and again until ``stop`` is set; no fault ends it."""
        while not await happens_within(stop, random.uniform(0.5, 1.5) * self.ask_seconds):  # noqa: S311 - spreads gateways
            try:
                await self.take_turn(stop)
            except GatewayError as fault:
                log.warning("warnings_interrupted", reason=fault.reason)
            except Exception:
                log.exception("warnings_interrupted")

    async def take_turn(self, stop: asyncio.Event) -> int | None:
        """None where it is another gateway's turn, or nobody's yet. Raises StoreUnavailable."""
        try:
            async with self._leases.hold(TURN) as lease:
                written = 0
                for grant_id in await self._grants():
                    written += await self.look(grant_id)
                    if stop.is_set():
                        return written  # whoever comes next does the rest
                lease.leave_behind()
                return written
        except RefreshUnavailable:  # said of any lease that somebody has
            return None

    async def look(self, grant_id: str) -> int:
        """How many warnings were written. Raises StoreUnavailable."""
        try:
            message = of_expiry(await self.events.state(grant_id), self.clock.now())
        except HistoryUnreadable as fault:
            log.warning("warnings_unknown", **in_log(grant_id), detail=str(fault))
            return 0
        if message is None:
            return 0
        async with self.database.writing() as connection:
            return await self.outbox.put(connection, space_of(grant_id), [message])

    async def _grants(self) -> Sequence[str]:
        """Of which anybody would be told: those of spaces with a webhook, and every living one
        where the operator has one.
        """
        if self.outbox.operators:
            return await self.events.secrets.grants()
        told = frozenset(await self.store.spaces())
        if not told:
            return ()
        return [one for one in await self.events.secrets.grants() if space_of(one) in told]
