"""People who call through several gateways and go on whatever the answer is, while a fault comes
and goes: what the tests of a database's outages have in common.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from tests.faults.rounds import CALL, HEADERS
from tests.support.gateway import Caller

PATIENCE_SECONDS = 60
STEADY = "steady"
"""A space whose token is in memory, and good for an hour."""

SPACES = tuple(f"space-{number}" for number in range(4))
"""Their tokens live for two seconds."""

LONG_SECONDS, _SHORT_SECONDS = 3600, 2
PASSING = frozenset(
    {"no answer", "store_unavailable", "refresh_unavailable", "upstream_unauthorized"}
)
"""Reasons that pass by themselves. The last: a renewal has ended a token that was still in use, and
what follows it waits in memory for the database.
"""


@dataclass
class People:
    """Answers by HTTP status, or by the reason of a failure: ``steady`` of the space whose token is
    in memory, ``renewing`` of the others. ``consented``: the spaces of which they were told that
    they are connected.
    """

    notion: str
    gateways: list[Caller]
    steady: Counter[str] = field(default_factory=Counter[str])
    renewing: Counter[str] = field(default_factory=Counter[str])
    consented: list[str] = field(default_factory=list[str])
    _turns: int = 0

    @asynccontextmanager
    async def at_work(self, callers: int) -> AsyncGenerator[None]:
        """So many callers, one more for the steady space, and one who connects space after space:
        from the time when every token has been renewed twice, until the end of the block.
        """
        assert await self.connect(STEADY)
        for _ in self.gateways:
            assert await self.call(STEADY, Counter()) == "200"
        short = {"access_token_lifetime_seconds": _SHORT_SECONDS}
        async with self._http.patch(f"{self.notion}/_simulator/settings", json=short) as changed:
            changed.raise_for_status()
        for space in SPACES:
            assert await self.connect(space)
        done = asyncio.Event()
        work = [
            self._keep_calling(SPACES[one % len(SPACES)], self.renewing, done)
            for one in range(callers)
        ]
        work += [self._keep_calling(STEADY, self.steady, done), self._keep_connecting(done)]
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await self.until_renewed(2 * len(SPACES))
            yield
        finally:
            done.set()
            await asyncio.gather(*tasks)

    def gateway(self) -> Caller:
        self._turns += 1
        return self.gateways[self._turns % len(self.gateways)]

    async def call(self, space: str, counted: Counter[str]) -> str:
        try:
            answer = await self.gateway().call(space, CALL, headers=HEADERS)
        except TimeoutError:  # the gateway itself waits so long for a renewal
            said = "no answer"
        else:
            said = "200" if answer.status == 200 else answer.reason
        counted[said] += 1
        return said

    async def connect(self, space: str) -> bool:
        """Whether they are told that it is connected; what fails is left, as by people who give
        up.
        """
        started = await self.gateway().start(space)
        if started.status != 200:
            assert started.status == 503, started.body
            return False
        redirect = await self.gateway().get(started.json["authorizeUrl"], user=None)
        end = await self.gateway().get(redirect.location, user=None)
        connected = end.status == 303 and end.result["status"] == "success"
        if connected:
            self.consented.append(space)
        return connected

    async def until_works(self, space: str) -> str:
        """The first answer that does not say: try again."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (said := await self.call(space, Counter())) in PASSING:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)
            return said

    async def until_renewed(self, more: int) -> None:
        """So many times more, from now on."""
        async with self._http.get(f"{self.notion}/_simulator/counters") as answer:
            counted = (await answer.json())["token_requests"].get("refresh_token", {})
        wanted = counted.get("ok", 0) + more
        path = f"/_simulator/wait?path=token_requests.refresh_token.ok&at_least={wanted}"
        limit = f"&timeout_seconds={PATIENCE_SECONDS}"
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS + 5)
        async with self._http.get(f"{self.notion}{path}{limit}", timeout=timeout) as answer:
            answer.raise_for_status()

    async def still_connected(self) -> int:
        """How many of those who were told that their space is connected find it so."""
        kept = 0
        for space in self.consented:
            kept += (await self.gateway().status(space))["status"] == "connected"
        return kept

    @property
    def _http(self) -> aiohttp.ClientSession:
        return self.gateways[0].http

    async def _keep_calling(self, space: str, counted: Counter[str], done: asyncio.Event) -> None:
        while not done.is_set():
            await self.call(space, counted)
            await asyncio.sleep(0.01)

    async def _keep_connecting(self, done: asyncio.Event) -> None:
        number = 0
        while not done.is_set():
            number += 1
            if not await self.connect(f"new-{number}"):
                await asyncio.sleep(0.05)
