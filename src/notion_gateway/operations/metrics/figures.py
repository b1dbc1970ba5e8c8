"""Looks once a second at what the features know about themselves, and writes it down."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final, final

import structlog
from prometheus_client import Histogram, ProcessCollector

from notion_gateway.audit.opening import Audit
from notion_gateway.budget.budgets import Budgets
from notion_gateway.catalogue.opening import Catalogues
from notion_gateway.integration.grant_figures import IDLE_LIMIT_DAYS, GrantFigures
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.log_stream import LogThread
from notion_gateway.kernel.tally import Tally
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.operations.health import Health
from notion_gateway.operations.maintenance import Maintenance
from notion_gateway.operations.metrics.instruments import Instruments
from notion_gateway.operations.readiness import Result
from notion_gateway.proxy.http1.pool import ConnectionPool
from notion_gateway.storage.change_feed import ChangeFeed
from notion_gateway.storage.database import Database

log = structlog.stdlib.get_logger()

EVERY_SECONDS: Final = 1.0
GRANTS_EVERY_SECONDS: Final = 10.0
CHECKS_EVERY_SECONDS: Final = 10.0
_OF_ITS_TIME: Final = 100
"""Counting grants takes one of so many parts of a connection's time at most."""
_READINESS: Final = {Result.OK: 0, Result.WARNING: 1, Result.DEGRADED: 2, Result.FAILED: 3}


@dataclass(frozen=True, slots=True)
class Sources:
    """``pool``: of connections to Notion, None where they are aiohttp's. ``budgets``: None where
    calls wait for no turn. ``catalogues`` and ``audit`` know themselves whether they are on.
    ``deliveries``: of messages.
    """

    database: Database
    feed: ChangeFeed
    pool: ConnectionPool | None
    renewals: Tally
    lease_waits: Tally
    maintenance: Maintenance
    budgets: Budgets | None = None
    catalogues: Catalogues | None = None
    audit: Audit | None = None
    deliveries: Tally | None = None


@final
class Figures:
    def __init__(self, instruments: Instruments, sources: Sources) -> None:
        self._instruments = instruments
        instruments.heartbeat.set(time.time())  # not 0 until the first look
        self._sources = sources
        self._grants = GrantFigures(sources.database)
        self._process = ProcessCollector(registry=None)
        self._cpu_seconds = 0.0
        self._lines_lost = 0
        self._rate_limited = 0
        self._lost = Counter[str]()
        self.log: LogThread | None = None
        """Which writes the request lines, where one does."""
        self.health: Health | None = None
        """Which answers ``/readyz``. It is opened last, for it checks this work, too."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, and once more then."""
        late = 0.0
        while True:
            self._look(late)
            due = steady_seconds() + EVERY_SECONDS
            if await happens_within(stop, EVERY_SECONDS):
                self._look(0.0)
                return
            late = max(0.0, steady_seconds() - due)

    def _look(self, late: float) -> None:
        into, sources = self._instruments, self._sources
        into.heartbeat.set(time.time())
        into.loop_delay.set(late)
        into.feed_delay.set(sources.feed.delay_seconds)
        if (pool := sources.pool) is not None:
            into.streams.set(pool.answering)
            into.connections.labels("active").set(len(pool) - pool.idle)
            into.connections.labels("idle").set(pool.idle)
        used, idle, most = sources.database.connections
        into.database.labels("used").set(used)
        into.database.labels("idle").set(idle)
        into.database_most.set(most)
        _observe(into.renewals, sources.renewals)
        _observe(into.lease_waits, sources.lease_waits)
        if (budgets := sources.budgets) is not None:
            _observe(into.budget_waits, budgets.waits)
            into.budget_waiting.set(budgets.waiting)
            into.budget_paced.set(budgets.paced)
            used_calls, granted_calls = budgets.used_and_granted
            into.budget_used.set(used_calls)
            into.budget_granted.set(granted_calls)
            into.rate_limited.inc(budgets.refused_by_notion - self._rate_limited)
            self._rate_limited = budgets.refused_by_notion
        if (audit := sources.audit) is not None:
            lost = {one.name: one.lost_in_all for one in audit.forwarders}
            if audit.writer is not None:
                lost["database"] = audit.writer.lost_in_all
            for at, in_all in lost.items():
                into.audit_lost.labels(at).inc(in_all - self._lost[at])
                self._lost[at] = in_all
        if sources.deliveries is not None:
            _observe(into.deliveries, sources.deliveries)
        if sources.catalogues is not None and (looks := sources.catalogues.looks) is not None:
            _observe(into.looks, looks.tally)
        into.maintained.set(sources.maintenance.done_at)
        if self.log is not None:
            into.log_waiting.set(self.log.waiting_characters)
            into.log_lost.inc(self.log.lost_in_all - self._lines_lost)
            self._lines_lost = self.log.lost_in_all
        self._look_at_process()

    def _look_at_process(self) -> None:
        """Nothing where the system has no ``/proc``."""
        for family in self._process.collect():
            for sample in family.samples:
                if sample.name == "process_cpu_seconds_total":
                    self._instruments.cpu.inc(max(0.0, sample.value - self._cpu_seconds))
                    self._cpu_seconds = sample.value
                elif (gauge := self._instruments.process.get(sample.name)) is not None:
                    gauge.set(sample.value)

    async def check(self, stop: asyncio.Event) -> None:
        """Readiness by itself, since nobody may ask ``/readyz``, until ``stop`` is set."""
        while True:
            if self.health is not None:
                for name, result in (await self.health.look()).items():
                    self._instruments.readiness.labels(name).set(_READINESS[result])
            if await happens_within(stop, CHECKS_EVERY_SECONDS):
                break
        if self.health is not None:
            await self.health.close()  # the database is closed after this

    async def count_grants(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; no fault ends it."""
        while True:
            began = steady_seconds()
            try:
                found = await self._grants.look()
                catalogues = self._sources.catalogues
                unseen = None if catalogues is None else await catalogues.store.unseen_in_all()
            except StoreUnavailable:
                log.warning("grants_not_counted")  # the last count stands, with its time
            except Exception:
                log.exception("grants_not_counted")
            else:
                self._instruments.grants_counted.set(time.time())
                for status, count in found.by_status.items():
                    self._instruments.grants.labels(status.value).set(count)
                days = IDLE_LIMIT_DAYS if found.days_left is None else found.days_left
                self._instruments.days_left.set(days)
                for within, count in found.lapsing.items():
                    self._instruments.lapsing.labels(str(within)).set(count)
                if unseen is not None:
                    self._instruments.unseen_changes.set(unseen)
            took = steady_seconds() - began
            if await happens_within(stop, max(GRANTS_EVERY_SECONDS, _OF_ITS_TIME * took)):
                return


def _observe(histogram: Histogram, tally: Tally) -> None:
    for outcome, seconds in tally.taken():
        histogram.labels(outcome).observe(seconds)
