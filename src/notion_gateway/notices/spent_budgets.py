"""Writes down that Notion has begun to refuse a space's calls, for those who want to know.

It is noted while calls are served and written a moment later: unlike what an event records, it is
lost with a process that is killed in between. However many processes see it, a space is told once
in each hour of the clock, which the unique index of ``webhook_deliveries`` sees to.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final, final

import structlog

from notion_gateway.budget.rules.exhausted import Exhausted
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.waiting import happens_within
from notion_gateway.notices.outbox import Outbox
from notion_gateway.notices.rules.messages import of_budget
from notion_gateway.storage.database import Database

log = structlog.stdlib.get_logger()

_AGAIN_SECONDS: Final = 5.0
_MAX_NOTED: Final = 1000
"""Grants that are told of at a time; of more, nobody is."""


@final
@dataclass
class SpentBudgets:
    database: Database
    outbox: Outbox
    _noted: dict[str, Exhausted] = field(init=False, default_factory=dict[str, Exhausted])
    _some: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def note(self, exhausted: Exhausted) -> None:
        """Takes no time, and raises nothing."""
        if len(self._noted) < _MAX_NOTED:
            self._noted[exhausted.grant.process_id] = exhausted
            self._some.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop`` is set, and then writes what is left."""
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: self._some.set())
        try:
            while not stop.is_set():
                await self._some.wait()
                self._some.clear()
                await self._write()
                if self._noted and not await happens_within(stop, _AGAIN_SECONDS):
                    self._some.set()
        finally:
            stopping.cancel()

    async def _write(self) -> None:
        """What cannot be written just now stays noted."""
        for process_id, exhausted in list(self._noted.items()):
            space_id = exhausted.grant.space_id
            try:
                async with self.database.writing() as connection:
                    await self.outbox.put(connection, space_id, [of_budget(exhausted)])
            except GatewayError as fault:
                log.warning("budget_not_told", space_id=space_id, reason=fault.reason)
                return
            except Exception:  # one notice must not end those of all others
                log.exception("budget_not_told", space_id=space_id)
            if self._noted.get(process_id) is exhausted:
                del self._noted[process_id]
