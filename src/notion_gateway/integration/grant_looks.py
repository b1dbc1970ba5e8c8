"""Looking now and then whether each grant still lives, so that nobody has to call to find out.

A grant can be revoked at Notion at any moment, and nobody is told. A look costs Notion one request:
where the access token is still valid a ``ping`` with it, which counts as no call of a tool; where
it has expired its renewal, which is due anyway before it can be used. What ends a grant is what
ends it for a caller: a clear refusal of the newest refresh token, and nothing else.

Of several gateways one at a time looks at the grants of a slot, by a lease that is left behind
until the slot's next turn. So restarts and more replicas make no more looks.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Final, final

import structlog

from notion_gateway.integration.access_tokens import AccessTokens
from notion_gateway.integration.errors import NotConnected, ReconnectRequired, RefreshUnavailable
from notion_gateway.integration.idle_grants import let_calls_pass
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.integration.rules.look_times import (
    pause_seconds,
    seconds_until_next_turn,
    slot_at,
)
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.messages import HttpRequest, HttpTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.slots import SLOTS
from notion_gateway.kernel.waiting import ends_unless, happens_within
from notion_gateway.storage.database import Database
from notion_gateway.vault.secrets_table import SecretsTable

log = structlog.stdlib.get_logger()

TURN: Final = "gateway/looks/"
"""Before a slot's number it is the lease's name; no grant can have it."""
AT_ONCE: Final = 2
IDS_AT_ONCE: Final = 5000
SLOTS_AT_ONCE: Final = 500
_TURN_SECONDS: Final = 60.0
"""How long the turn of a gateway that was killed keeps others from theirs."""
_PING: Final = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


class Found(StrEnum):
    ALIVE = "alive"
    ENDED = "ended"
    UNCLEAR = "unclear"
    """Notion could not be asked, or has not answered clearly. The next look tells."""


@final
@dataclass
class GrantLooks:
    """``period_seconds``: how long after one look at a grant the next one follows."""

    database: Database
    secrets: SecretsTable
    access_tokens: AccessTokens
    transport: HttpTransport
    clock: Clock
    mcp_url: str
    period_seconds: float
    at_once: int = AT_ONCE
    ids_at_once: int = IDS_AT_ONCE
    slots_at_once: int = SLOTS_AT_ONCE
    _leases: Leases = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._leases = Leases(
            self.database,
            lease_seconds=_TURN_SECONDS,
            deadline_seconds=_TURN_SECONDS / 2,
            under_way_seconds=2 * self.period_seconds,
            patience_seconds=0.0,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Again and again until ``stop`` is set; no fault ends it."""
        while not await happens_within(stop, pause_seconds(self.period_seconds, random.random())):  # noqa: S311 - spreads gateways
            try:
                await self.take_turn(stop)
            except GatewayError as fault:
                log.warning("looks_interrupted", reason=fault.reason)
            except Exception:
                log.exception("looks_interrupted")

    async def take_turn(self, stop: asyncio.Event) -> int | None:
        """Looks at the grants of one slot; the slot, or None where no slot's turn it is, or another
        gateway has it. Raises StoreUnavailable.
        """
        slot = await self._due()
        if slot is None:
            return None
        try:
            async with self._leases.hold(f"{TURN}{slot}") as lease:
                again_after = 0.0  # unless all was done: then whoever comes next does it
                try:
                    if await ends_unless(stop, self._look_at_all(slot, stop)):
                        now = self.clock.timestamp()
                        again_after = seconds_until_next_turn(slot, now, self.period_seconds)
                finally:
                    lease.leave_behind(again_after)
        except RefreshUnavailable:  # said of any lease that somebody has
            return None
        return slot

    async def _due(self) -> int | None:
        """The slot that has waited longest since its turn. One that was never looked at waits for
        its turn, so that a new gateway does not look at every grant at once.
        """
        left = await self._leases.seconds_left([f"{TURN}{slot}" for slot in range(SLOTS)])
        # More than a turn can leave behind was left with a longer period, or by another clock.
        longest = 2 * self.period_seconds
        overdue = {name: left[name] for name in left if not 0 < left[name] <= longest}
        if overdue:
            return int(min(overdue, key=overdue.__getitem__).removeprefix(TURN))
        now = slot_at(self.clock.timestamp(), self.period_seconds)
        return now if f"{TURN}{now}" not in left else None

    async def _look_at_all(self, slot: int, stop: asyncio.Event) -> bool:
        """A few at once, and calls before them; False where ``stop`` was set before the end."""
        mine = await self._of_slot(slot, stop)
        if mine is None:
            return False
        waiting, found = iter(mine), Counter[Found]()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.at_once):
                group.create_task(self._one_after_the_other(waiting, found, stop))
        if mine:
            log.info("grants_looked_at", **{one.value: found[one] for one in Found})
        return found.total() == len(mine)

    async def _of_slot(self, slot: int, stop: asyncio.Event) -> Sequence[str] | None:
        """None where ``stop`` was set before the end. Some at a time, and calls before each: of a
        million grants a slot has ten thousand, and after an upgrade all of them are without one.
        """
        while await self.secrets.give_slots(self.slots_at_once) == self.slots_at_once:
            await let_calls_pass()
            if stop.is_set():
                return None
        mine: list[str] = []
        after = ""
        while found := await self.secrets.grants_of(slot, after, self.ids_at_once):
            mine += found
            if len(found) < self.ids_at_once:
                break
            after = found[-1]
            await let_calls_pass()
            if stop.is_set():
                return None
        return mine

    async def _one_after_the_other(
        self, waiting: Iterator[str], found: Counter[Found], stop: asyncio.Event
    ) -> None:
        for grant_id in waiting:
            await let_calls_pass()
            if stop.is_set():
                return
            found[await self.look(grant_id)] += 1

    async def look(self, grant_id: str) -> Found:
        """Memory holds afterwards what it held before: it is for grants that are used."""
        is_used = self.access_tokens.cached(grant_id) is not None
        try:
            found = await self._looked(grant_id)
        except (NotConnected, ReconnectRequired):  # just now, or since they were listed
            return Found.ENDED
        except GatewayError as fault:
            log.warning("look_unclear", **in_log(grant_id), reason=fault.reason)
            return Found.UNCLEAR
        if not is_used:
            self.access_tokens.forget(grant_id)
        return found

    async def _looked(self, grant_id: str) -> Found:
        _, before = (await self.access_tokens.store.load(grant_id)).usable()
        lent = await self.access_tokens.lend(grant_id, "look")
        if lent.token_id != before.access_token_id:
            return Found.ALIVE  # renewed just now: Notion has accepted the refresh token
        answer = await self.transport.send(_ping(self.mcp_url, lent.access_token))
        if answer.status == HTTPStatus.UNAUTHORIZED:
            await self.access_tokens.replace(grant_id, lent)
            return Found.ALIVE
        is_busy = answer.status == HTTPStatus.TOO_MANY_REQUESTS
        if is_busy or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Found.UNCLEAR
        return Found.ALIVE


def _ping(mcp_url: str, access_token: Secret) -> HttpRequest:
    """Whatever a server answers to it but 401, it has accepted the token."""
    headers = {
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "authorization": f"Bearer {access_token.reveal()}",
    }
    return HttpRequest("POST", mcp_url, headers, _PING)
