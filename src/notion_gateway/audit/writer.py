"""Keeps entries beside the calls: from a queue in memory to the database, many at a time.

A call waits for none of it. What is in the queue when a process is killed is lost: what ended in
the last fraction of a second while the database keeps up, and MOST_WAITING entries at the most.
"""

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, final

import structlog

from notion_gateway.audit.errors import AuditUnavailable
from notion_gateway.audit.forwarding import Forwarder
from notion_gateway.audit.rules.answers import LEFT_OUT
from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.rules.repeated import Repeated
from notion_gateway.audit.store import AuditStore
from notion_gateway.kernel.clock import steady_seconds
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

MOST_WAITING: Final = 20_000
MOST_CONTENTS: Final = 16 * 1024 * 1024
"""Characters of arguments and results in memory; entries beyond are kept without theirs."""
TOGETHER: Final = 1000
"""That one transaction stores at most."""
GATHERED_SECONDS: Final = 0.1
_ROOM_WITHIN_SECONDS: Final = 5.0
LOOKED_EVERY_SECONDS: Final = 10.0
_LAST_SECONDS: Final = 10.0
_FIRST_PAUSE_SECONDS: Final = 0.2
_LONGEST_PAUSE_SECONDS: Final = 5.0


_NO_ROOM: Final = LEFT_OUT.format("there was no room")


@final
class AuditWriter:
    """``is_required``: no call goes on while entries cannot be stored, or too many wait. Otherwise
    one that finds no room is counted, and the count is kept in its place. ``forwarders`` are told
    of each, whether the database takes it or not.
    """

    def __init__(
        self,
        store: AuditStore,
        *,
        is_required: bool = False,
        most_waiting: int = MOST_WAITING,
        forwarders: Sequence[Forwarder] = (),
    ) -> None:
        self._store = store
        self._is_required = is_required
        self._forwarders = forwarders
        self._most_waiting = most_waiting
        self._waiting: deque[tuple[str, Entry]] = deque()
        self._under_way = 0
        self._contents = 0
        """Characters of arguments and results that wait."""
        self._repeated = Repeated()
        self._lost = Counter[str]()
        self._has_come = asyncio.Event()
        self._is_stored = asyncio.Event()
        self._has_failed = False
        """The database was away when it was given some last. They are given again, so that this
        ends by itself.
        """
        self._deadline: float | None = None
        """When to give up, by the steady clock, once the gateway stops."""
        self.lost_in_all = 0

    @property
    def waiting(self) -> int:
        """How many entries are in memory alone."""
        return len(self._waiting) + self._under_way

    @property
    def may_go_on(self) -> bool:
        """Whether a call may begin now; it is asked again when not."""
        return not self._is_required or (
            not self._has_failed and self.waiting < self._most_waiting // 2
        )

    async def until_it_may_go_on(self) -> None:
        """Raises AuditUnavailable where it may not within five seconds."""
        deadline = steady_seconds() + _ROOM_WITHIN_SECONDS
        while not self.may_go_on:
            self._is_stored.clear()
            left = deadline - steady_seconds()
            if left <= 0 or not await happens_within(self._is_stored, left):
                raise AuditUnavailable

    def keep(self, space_id: str, entry: Entry) -> None:
        """Takes no time."""
        for forwarder in self._forwarders:
            forwarder.tell(space_id, entry)
        if self.waiting >= self._most_waiting:
            if not self._lost:
                log.warning("audit_entries_lost", waiting=self.waiting)
            self._lost[space_id] += entry.calls
            self.lost_in_all += entry.calls
            return
        self._contents += _contents_of(entry)
        if self._contents > MOST_CONTENTS:
            self._contents -= _contents_of(entry)
            entry = _without_contents(entry)
        self._waiting.append((space_id, entry))
        self._has_come.set()

    def keep_refused(self, space_id: str, entry: Entry) -> None:
        """Of those that come again within a minute, one entry for all. Takes no time."""
        for of_space, one in self._repeated.came(space_id, entry):
            self.keep(of_space, one)
        self._has_come.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set; then what is there is stored, if the database takes it within ten
        seconds.
        """
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                coming = asyncio.create_task(self._has_come.wait())
                # Somebody has to look whether a minute of refusals is over.
                timeout = None if self._repeated.is_empty else LOOKED_EVERY_SECONDS
                await asyncio.wait(
                    {coming, stopping}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
                )
                coming.cancel()
                await happens_within(stop, GATHERED_SECONDS)
                await self._store_all(stop, time.time())
            # It may have been set while the last ones were stored.
            await self._store_all(stop, math.inf)
        finally:
            stopping.cancel()

    async def _store_all(self, stop: asyncio.Event, over_by: float) -> None:
        """And what came again in minutes that are over by then."""
        for of_space, one in self._repeated.ended(over_by):
            self.keep(of_space, one)
        pause = _FIRST_PAUSE_SECONDS
        batch: Mapping[str, Sequence[Entry]] = {}
        while batch or (batch := self._next()):
            if stop.is_set() and self._deadline is None:
                self._deadline = steady_seconds() + _LAST_SECONDS
            try:
                await self._store.append(batch)
            except StoreUnavailable as fault:
                self._has_failed = True
                log.warning("audit_interrupted", reason=fault.reason, waiting=self.waiting)
                deadline = self._deadline
                if deadline is not None and steady_seconds() + pause > deadline:
                    log.warning("audit_entries_lost", waiting=self.waiting)
                    return
                if deadline is None:
                    await happens_within(stop, pause)
                else:
                    await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                continue
            except Exception:
                # Not the database's state but these entries: what comes after them can be stored.
                self._has_failed = False
                log.exception("audit_entries_refused", waiting=self.waiting)
                is_all_lost = all(one.kind is Kind.LOST for some in batch.values() for one in some)
                self._note_lost(batch)
                if is_all_lost:
                    return  # to be said with the next that come
            batch, pause = {}, _FIRST_PAUSE_SECONDS
            self._under_way = 0
            self._has_failed = False
            self._is_stored.set()

    def _note_lost(self, batch: Mapping[str, Sequence[Entry]]) -> None:
        """The chain says how many, with the next that is stored."""
        for space_id, entries in batch.items():
            self._lost[space_id] += sum(one.calls for one in entries)
            self.lost_in_all += sum(one.kind is not Kind.LOST for one in entries)
        self._under_way = 0

    def _next(self) -> Mapping[str, Sequence[Entry]]:
        self._has_come.clear()
        found: dict[str, list[Entry]] = {}
        for _ in range(min(TOGETHER, len(self._waiting))):
            space_id, entry = self._waiting.popleft()
            self._contents -= _contents_of(entry)
            found.setdefault(space_id, []).append(entry)
        self._under_way = sum(map(len, found.values()))
        lost, self._lost = self._lost, Counter[str]()
        for space_id, calls in lost.items():
            told = Entry(at=time.time(), kind=Kind.LOST, calls=calls)
            found.setdefault(space_id, []).append(told)
        return found


def _contents_of(entry: Entry) -> int:
    return len(entry.arguments) + len(entry.result)


def _without_contents(entry: Entry) -> Entry:
    """The same, saying in the place of what was said that there was no room for it."""
    arguments, result = (text and _NO_ROOM for text in (entry.arguments, entry.result))
    return replace(entry, arguments=arguments, result=result)
