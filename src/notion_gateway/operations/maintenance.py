"""Deletes rows that have had their time, from every table that grows by itself.

Of several gateways one does it, for all of them, and not before it is time again: the lease, a row
as for a renewal, is held while the work goes on, and left behind for the pause after it. The lease
saves work, no more: what two of them delete at once is deleted once.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, final

import sqlalchemy as sa
import structlog

from notion_gateway.access.token_store import ended_tokens
from notion_gateway.audit.opening import old_entries
from notion_gateway.audit.store import AuditStore, Keys
from notion_gateway.authorization_server.client_store import KEPT_FOR, lapsed_clients
from notion_gateway.authorization_server.grant_store import (
    ended_grants,
    expired_refresh_tokens,
    never_redeemed,
)
from notion_gateway.authorization_server.machine_store import ended_machines
from notion_gateway.budget.learned import KEPT_LEARNED, learned_before
from notion_gateway.catalogue.turns import FORGOTTEN_AFTER, forgotten, left_over
from notion_gateway.conversations.opening import old_conversations
from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.integration.grant_uses import of_no_grant
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.old_renewals import OldRenewals
from notion_gateway.kernel.clock import Clock, SystemClock, steady_seconds
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.notices.deliveries import TOLD_FOR, told_before
from notion_gateway.operations.chains import open_chains
from notion_gateway.operations.deleted_spaces import of_deleted_spaces
from notion_gateway.operations.left_behind import left_behind
from notion_gateway.settings import Settings
from notion_gateway.storage import expired_rows
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import OldRows, RowsPast
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.catalogue import catalogue_changes, catalogues
from notion_gateway.storage.schema.clients import (
    client_grants,
    client_refresh_tokens,
    machine_clients,
    oauth_clients,
)
from notion_gateway.storage.schema.grants import grant_uses, learned_budgets
from notion_gateway.storage.schema.notices import webhook_deliveries

log = structlog.stdlib.get_logger()

TURN: Final = "gateway/maintenance"
"""The lease's name; no space can have it."""
EVERY_SECONDS = 6 * 3600.0
_ASK_SECONDS = 900.0
"""How often each gateway asks whether it is time, give or take a half."""
_REST = 4
"""The database rests so many times as long as a batch took: calls come first."""
_LONGEST_REST_SECONDS = 1.0

Deleted = Mapping[str, int]
"""How many rows, by table."""


def old_rows(database: Database, settings: Settings, keys: Keys) -> Sequence[OldRows]:
    """Every table's, where one has any. ``keys``: of the chains of what was called."""
    tokens = settings.gateway_keep_ended_tokens_days
    renewals = settings.gateway_keep_renewals_days
    keep_tokens = timedelta(days=tokens) if tokens else None
    # A client's registration lapses by the end of its last login, which must not be gone by then.
    keep_logins = None if keep_tokens is None else max(keep_tokens, KEPT_FOR)
    for_ever = "never: GATEWAY_KEEP_ENDED_TOKENS_DAYS is 0"

    def tokens_past(now: datetime) -> sa.ColumnElement[bool]:
        return sa.false() if keep_tokens is None else ended_tokens(now - keep_tokens)

    def machines_past(now: datetime) -> sa.ColumnElement[bool]:
        return sa.false() if keep_tokens is None else ended_machines(now - keep_tokens)

    def logins_past(now: datetime) -> sa.ColumnElement[bool]:
        unused = never_redeemed(now)
        return unused if keep_logins is None else unused | ended_grants(now - keep_logins)

    login_rule = for_ever if keep_logins is None else f"{keep_logins.days} days after its end"
    return [
        OldRenewals(database, timedelta(days=renewals) if renewals else None),
        RowsPast(
            database,
            gateway_tokens,
            for_ever if keep_tokens is None else f"{keep_tokens.days} days after its end",
            tokens_past,
        ),
        RowsPast(
            database,
            machine_clients,
            for_ever if keep_tokens is None else f"{keep_tokens.days} days after its end",
            machines_past,
        ),
        RowsPast(
            database,
            client_grants,
            f"{login_rule}; at once, where its code was never exchanged",
            logins_past,
        ),
        RowsPast(database, client_refresh_tokens, "once it has expired", expired_refresh_tokens),
        RowsPast(
            database,
            oauth_clients,
            f"{KEPT_FOR.days} days after its last login has ended; 90 where nobody allowed it"
            " anything",
            lapsed_clients,
        ),
        RowsPast(
            database,
            webhook_deliveries,
            f"{TOLD_FOR.days} days after it was written; a pending one never",
            told_before,
        ),
        RowsPast(
            database,
            catalogues,
            f"{FORGOTTEN_AFTER.days} days after its space's connection has ended in another way"
            " than by disconnecting",
            forgotten,
        ),
        RowsPast(
            database,
            catalogue_changes,
            "with its space's row of catalogues",
            left_over,
            by_page=True,
        ),
        RowsPast(
            database,
            grant_uses,
            "once its grant has no token any more",
            lambda _: of_no_grant(),
            by_page=True,
        ),
        RowsPast(
            database,
            learned_budgets,
            f"{KEPT_LEARNED.days} days after its grant's calls last had to wait",
            learned_before,
        ),
        old_entries(settings, AuditStore(database, keys)),
        *old_conversations(settings, database),
        *of_deleted_spaces(database),
        *left_behind(database),
        *(
            RowsPast(database, table, "once it has expired", expired_rows.expired(table))
            for table in expired_rows.TABLES
        ),
    ]


@final
class Maintenance:
    """``every_seconds``: how long after the end of the work it is done again, by whichever gateway
    comes first.
    """

    def __init__(
        self,
        rows: Sequence[OldRows],
        database: Database,
        clock: Clock,
        *,
        every_seconds: float = EVERY_SECONDS,
        ask_seconds: float = _ASK_SECONDS,
    ) -> None:
        self._rows = rows
        self._clock = clock
        self._ask_seconds = ask_seconds
        self.done_at = 0.0
        """When this process last had its turn and came to the end, in seconds since 1970."""
        self._leases = Leases(
            database,
            lease_seconds=60.0,
            deadline_seconds=30.0,
            under_way_seconds=max(every_seconds, 31.0),
            patience_seconds=0.0,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Again and again until ``stop`` is set; no fault ends it."""
        while not await happens_within(stop, random.uniform(0.5, 1.5) * self._ask_seconds):  # noqa: S311 - spreads gateways
            try:
                await self.take_turn(stop)
            except GatewayError as fault:
                log.warning("maintenance_interrupted", reason=fault.reason)
            except Exception:
                log.exception("maintenance_interrupted")

    async def take_turn(self, stop: asyncio.Event) -> Deleted | None:
        """None where it is another gateway's turn, or nobody's yet. Raises StoreUnavailable.

        What was not ended (``stop`` is set, the lease lost, the database away) is done by whoever
        comes next.
        """
        try:
            async with self._leases.hold(TURN) as lease:
                deleted, is_done = await self._delete(lambda: not stop.is_set() and lease.in_time())
                if is_done:
                    lease.leave_behind()
                    self.done_at = self._clock.timestamp()
                return deleted
        except RefreshUnavailable:  # said of any lease that somebody has
            return None

    async def now(self) -> Deleted:
        """Without asking whose turn it is. Raises StoreUnavailable."""
        deleted, _ = await self._delete(lambda: True)
        return deleted

    async def _delete(self, may_go_on: Callable[[], bool]) -> tuple[Deleted, bool]:
        """What was deleted, and whether that was all."""
        deleted = {one.table: 0 for one in self._rows}
        for one in self._rows:
            before = deleted[one.table]
            async with aclosing(one.delete(self._clock.now())) as batches:
                began = steady_seconds()
                async for count in batches:
                    deleted[one.table] += count
                    took = steady_seconds() - began
                    await asyncio.sleep(min(_REST * took, _LONGEST_REST_SECONDS))
                    if not may_go_on():
                        return deleted, False
                    began = steady_seconds()
            if deleted[one.table] > before:
                log.info("old_rows_deleted", table=one.table, rows=deleted[one.table] - before)
        return deleted, True


# --- for the command line, beside gateways that may be running ----------------------------


@dataclass(frozen=True, slots=True)
class ByHand:
    rows: Sequence[OldRows]
    maintenance: Maintenance
    now: Callable[[], datetime]


@asynccontextmanager
async def open_by_hand(settings: Settings) -> AsyncGenerator[ByHand]:
    """The database that is there; makes and migrates nothing. Raises ConfigurationError where there
    is none, or no key, and StoreUnavailable.
    """
    async with open_chains(settings) as chains:
        database = chains.database
        rows, clock = old_rows(database, settings, chains.keys), SystemClock()
        yield ByHand(rows, Maintenance(rows, database, clock), clock.now)
