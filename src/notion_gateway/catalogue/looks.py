"""Looks at what tools Notion lists for each grant, beside the calls.

With the gateway's own request and a token that is valid anyway: one that nobody uses is not
renewed for a look, and is looked at once it is used again. Each gateway takes what is due.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, final

import structlog

from notion_gateway.catalogue.rules.tools import ListUnusable, LookFailure, Tool
from notion_gateway.catalogue.store import CatalogueStore, Found
from notion_gateway.catalogue.tool_list import ToolList
from notion_gateway.catalogue.turns import Taken, Turns
from notion_gateway.integration.access_tokens import AccessTokens, LentToken
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.kernel.clock import Clock, steady_seconds
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable
from notion_gateway.kernel.tally import Tally
from notion_gateway.kernel.waiting import ends_unless, happens_within

log = structlog.stdlib.get_logger()

ASK_SECONDS: Final = 120.0
"""How often each gateway asks whether a look is due, give or take a half."""
LATER_SECONDS: Final = 3600.0
"""After a look that failed, and for a grant that nobody uses."""
MISSING_EVERY_SECONDS: Final = 3600.0
OLD_SECONDS: Final = 3600.0
"""A look so long ago, give or take a tenth, is made again where a program asks for the tools."""
_AT_MOST: Final = 100
_AT_ONCE: Final = 2
_MOST_HEARD: Final = 10_000
_TOGETHER: Final = 500
"""That one statement names at most."""


@final
@dataclass
class Looks:
    """``every_seconds``: how long after a look there is another one, give or take a tenth.
    ``tally``: what became of looks: ``same``, ``changed``, ``failed`` or ``outdated``, because the
    grant was renewed or ended meanwhile.
    """

    turns: Turns
    store: CatalogueStore
    tool_list: ToolList
    access_tokens: AccessTokens
    clock: Clock
    every_seconds: float
    ask_seconds: float = ASK_SECONDS
    tally: Tally = field(init=False, repr=False, default_factory=Tally)
    _heard: dict[str, None] = field(init=False, repr=False, default_factory=dict[str, None])
    _listed: dict[str, None] = field(init=False, repr=False, default_factory=dict[str, None])
    _missing_at: float = field(init=False, repr=False, default=0.0)

    def lists_changed(self, space_id: str) -> None:
        """Notion has said so to some gateway. It is written down with the next turn."""
        if len(self._heard) < _MOST_HEARD:
            self._heard[space_id] = None

    def tools_listed(self, grant_id: str) -> None:
        """A program has asked Notion for its tools. The next turn brings a look where the newest
        one is old.
        """
        if len(self._listed) < _MOST_HEARD:
            self._listed[grant_id] = None

    async def run(self, stop: asyncio.Event) -> None:
        """Again and again until ``stop`` is set; no fault ends it."""
        while not await happens_within(stop, random.uniform(0.5, 1.5) * self.ask_seconds):  # noqa: S311 - spreads gateways
            try:
                await self.take_turn(stop)
            except GatewayError as fault:
                log.warning("catalogue_looks_interrupted", reason=fault.reason)
            except Exception:
                log.exception("catalogue_looks_interrupted")

    async def take_turn(self, stop: asyncio.Event) -> int:
        """All looks that are due; how many brought a list. Raises StoreUnavailable."""
        while self._heard:
            space_id = next(iter(self._heard))
            await self.turns.heard_in(space_id, self.clock.timestamp())
            self._heard.pop(space_id, None)
        now = self.clock.timestamp()
        while self._listed:
            some = list(self._listed)[:_TOGETHER]
            old = now - OLD_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311 - spreads looks
            await self.turns.expect_where_old(some, now, old)
            for grant_id in some:
                self._listed.pop(grant_id, None)
        if now >= self._missing_at:
            await self.turns.expect_missing(now)
            self._missing_at = now + MISSING_EVERY_SECONDS
        looked = 0
        while not stop.is_set() and await self.turns.is_any_due(self.clock.timestamp()):
            taken = await self.turns.take(self.clock.timestamp(), _AT_MOST)
            looked += await self._look_at_all(taken, stop)
        return looked

    async def _look_at_all(self, taken: Sequence[Taken], stop: asyncio.Event) -> int:
        in_use = await self.turns.in_use(taken)
        await self._put_off([one for one in taken if one.grant_id not in in_use])
        waiting = iter([one for one in taken if one.grant_id in in_use])
        looked = 0

        async def one_after_the_other() -> None:
            nonlocal looked
            for one in waiting:
                brought = None if stop.is_set() else await ends_unless(stop, self._look(one))
                if brought is None:
                    await self._give_back(one)
                elif brought:
                    looked += 1  # not in one line with the wait: others count meanwhile

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(one_after_the_other())
        return looked

    async def _look(self, taken: Taken) -> bool:
        grant_id = taken.grant_id
        try:
            lent = await self.access_tokens.lend_unless_due(grant_id)
        except StoreUnavailable:
            raise
        except GatewayError as fault:
            log.debug("catalogue_look_not_possible", **in_log(grant_id), reason=fault.reason)
            lent = None
        if lent is None:
            await self._put_off([taken])
            return False
        began = steady_seconds()
        try:
            tools = await self.tool_list.read(lent.access_token)
        except ListUnusable as why:
            self.tally.note("failed", steady_seconds() - began)
            log.warning("catalogue_look_failed", **in_log(grant_id), reason=why.failure)
            await self._put_off([taken], why.failure)
            return False
        outcome = await self._found(taken, lent, tools)
        self.tally.note(outcome, steady_seconds() - began)
        return outcome != "outdated"

    async def _found(self, taken: Taken, lent: LentToken, tools: tuple[Tool, ...]) -> str:
        known = await self.store.load(taken.grant_id)
        if known is None:  # disconnected just now
            return "outdated"
        # In a thread: a hostile list is as large as it may be, and calls go on beside it.
        changes = await asyncio.to_thread(known.snapshot.changes_to, tools)
        found = Found(lent.token_id, known.snapshot, tools, changes)
        now = self.clock.timestamp()
        next_at = now + self.every_seconds * random.uniform(0.9, 1.1)  # noqa: S311 - spreads looks
        if not await self.store.record(taken, found, now, next_at):
            await self._give_back(taken)
            return "outdated"
        if changes:
            flagged = sum(one.flagged for one in changes)
            log.info(
                "tools_changed", **in_log(taken.grant_id), changes=len(changes), flagged=flagged
            )
        return "changed" if changes else "same"

    async def _put_off(self, these: Sequence[Taken], failure: LookFailure | None = None) -> None:
        now = self.clock.timestamp()
        until = now + LATER_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - spreads looks
        await self.turns.put_off(these, now, until, failure)

    async def _give_back(self, one: Taken) -> None:
        """Whoever comes next looks at it, in a minute: the token was renewed meanwhile, or this
        gateway stops.
        """
        now = self.clock.timestamp()
        await self.turns.put_off([one], now, now + 60.0)
