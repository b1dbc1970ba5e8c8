"""A new key for several gateways, as docs/scaling.md says, while callers work.

    python -m tests.faults.rollout --callers 16
    python -m tests.faults.rollout --one-step        # the negative control

Two real gateway processes on a real PostgreSQL, restarted one by one behind something that
sends calls to those that are up, as a load balancer does. Before every restart, and after it, all
access tokens expire: gateways seal new ones, and open what the other one has sealed. That the clock
is pushed forward for it, and not waited for, leaves a busy machine as much time as it needs.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notion_gateway.kernel.log import configure_logging
from notion_gateway.vault.keyring import generate_key
from tests.cli.processes import Cli
from tests.faults.places import new_database
from tests.faults.rounds import CALL, HEADERS
from tests.faults.skipping_clock import SkippingClock
from tests.faults.strict_notion import strict_notion
from tests.support.databases import PostgresServer, running_postgres
from tests.support.gateway import Caller, calling
from tests.support.longer_runs import told
from tests.support.processes import Running, gateway_process
from tests.support.waiting import until, until_told

SPACES = tuple(f"space-{number}" for number in range(4))
TOKEN_SECONDS = 3600
_REPLICAS = 2
IDLE = "idle"
"""A space that nobody calls until the end: its secrets move by ``keys rotate`` alone."""


@dataclass(slots=True)
class Result:
    """``answers`` counts the callers' by HTTP status, or by the reason of a failure.
    ``key_uses``: how many secrets each key sealed at the end, ``old`` and ``new``.
    """

    restarts: int = 0
    refreshes: int = 0
    rewrapped: int = 0
    unreadable: int = 0
    key_uses: dict[str, int] = field(default_factory=dict[str, int])
    answers: Counter[str] = field(default_factory=Counter[str])

    @property
    def failed(self) -> int:
        return self.answers.total() - self.answers["200"]


@dataclass(slots=True)
class Replica:
    """``calls`` counts those under way."""

    caller: Caller
    process: Running
    stack: AsyncExitStack
    calls: int = 0


@dataclass
class Fleet:
    """Gateways on one database, each with the keys that it was started with."""

    folder: Path
    notion: str
    database_url: str
    result: Result
    clock: SkippingClock
    """Which Notion goes by as well."""
    up: list[Replica] = field(default_factory=list[Replica])
    may_call: asyncio.Event = field(default_factory=asyncio.Event)
    version: Path | None = None
    """The folder of another version's code, for those that start from now on."""
    _turns: int = 0

    async def start(self, keys: Sequence[str]) -> None:
        stack = AsyncExitStack()
        log = self.folder / f"replica-{self.result.restarts}-{len(self.up)}.log"
        running = await stack.enter_async_context(
            gateway_process(self.folder, self.notion, log, **self.variables(keys))
        )
        caller = await stack.enter_async_context(calling(running.url))
        self.up.append(Replica(caller, running, stack))

    async def stop(self, replica: Replica) -> None:
        await replica.process.stop()

    def variables(self, keys: Sequence[str]) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "TOKEN_ENCRYPTION_KEYS": ",".join(keys),
            "PYTHONPATH": self.python_path(),
        }

    def python_path(self) -> str:
        return self.clock.python_path(*([] if self.version is None else [self.version]))

    @contextmanager
    def one_that_is_up(self) -> Generator[Caller]:
        """Taking turns. It is not stopped within the block."""
        self._turns += 1
        replica = self.up[self._turns % len(self.up)]
        replica.calls += 1
        try:
            yield replica.caller
        finally:
            replica.calls -= 1

    async def call(self, space: str) -> None:
        with self.one_that_is_up() as caller:
            answer = await caller.call(space, CALL, headers=HEADERS)
        self.result.answers["200" if answer.status == 200 else answer.reason] += 1

    async def restart_one(self, keys: Sequence[str]) -> None:
        """The one that has been up for longest: out of the balancer, drained, stopped, anew. Tokens
        are renewed meanwhile.
        """
        await self.let_expire()
        replica = self.up.pop(0)
        await until(lambda: not replica.calls)
        await self.stop(replica)
        await replica.stack.aclose()
        self.result.restarts += 1
        await self.start(keys)

    async def restart_all(self, keys: Sequence[str]) -> None:
        """One by one, with what a phase is good for: every space's tokens sealed anew."""
        for _ in range(len(self.up)):
            await self.restart_one(keys)
        await self.let_renew()

    async def let_renew(self) -> None:
        """Lets the tokens expire, and returns when callers have had all of them renewed; what has
        failed will not renew any more.
        """
        wanted = await self.let_expire() + len(SPACES)

        async def renewed() -> bool:
            return bool(self.result.failed) or await self.refreshes() >= wanted

        await until_told(renewed)

    async def let_expire(self) -> int:
        """Every access token, at once. No call is under way just then, so that none meets the end
        of two. How many renewals there have been so far.
        """
        self.may_call.clear()
        await until(lambda: not any(one.calls for one in self.up))
        so_far = await self.refreshes()
        self.clock.skip(TOKEN_SECONDS + 1)
        self.may_call.set()
        return so_far

    async def refreshes(self) -> int:
        http = self.up[0].caller.http
        async with http.get(f"{self.notion}/_simulator/counters") as answer:
            counters: dict[str, Any] = await answer.json()
        refreshes: int = counters["token_requests"].get("refresh_token", {}).get("ok", 0)
        return refreshes

    async def close(self) -> None:
        for replica in self.up:
            await self.stop(replica)
            await replica.stack.aclose()


@asynccontextmanager
async def at_work(fleet: Fleet, callers: int) -> AsyncGenerator[None]:
    """So many callers, from the first answers until the end of the block."""
    for space in (*SPACES, IDLE):
        end = await fleet.up[0].caller.connect(space)
        assert end.result["status"] == "success", end.result
    done = asyncio.Event()
    fleet.may_call.set()

    async def work(space: str) -> None:
        while not done.is_set():
            await fleet.may_call.wait()
            await fleet.call(space)

    tasks = [asyncio.create_task(work(SPACES[one % len(SPACES)])) for one in range(callers)]
    try:
        await until(lambda: fleet.result.answers.total() >= callers)
        yield
    finally:
        done.set()
        await asyncio.gather(*tasks)


async def roll_out(fleet: Fleet, callers: int, *, one_step: bool) -> Result:
    result, folder = fleet.result, fleet.folder
    old, new = generate_key(), generate_key()
    try:
        for _ in range(_REPLICAS):
            await fleet.start([old])
        async with at_work(fleet, callers):
            if one_step:
                await fleet.restart_one([new, old])
                behind = fleet.up.pop(0)
                await until(lambda: not behind.calls)
                await fleet.let_renew()  # the new one seals
                fleet.up.append(behind)  # what the other one has to open
                await until(lambda: bool(result.failed))
            else:
                await fleet.restart_all([old, new])
                await fleet.restart_all([new, old])
                cli = Cli(folder, fleet.variables([new, old]))
                ran = await asyncio.to_thread(cli, "keys", "rotate", "--json")
                assert ran.code == 0, ran.err
                rotated = json.loads(ran.out)
                result.rewrapped, result.unreadable = rotated["rewrapped"], rotated["unreadable"]
                await fleet.restart_all([new])
                await fleet.call(IDLE)
        result.refreshes = await fleet.refreshes()
        listed = await asyncio.to_thread(Cli(folder, fleet.variables([new, old])), *_LIST)
        names = {old.partition(":")[0]: "old", new.partition(":")[0]: "new"}
        result.key_uses = {names[one["id"]]: one["secrets"] for one in json.loads(listed.out)}
    finally:
        await fleet.close()
    return result


_LIST = "keys", "list", "--json"


def run_rollout(
    folder: Path, server: PostgresServer, callers: int, *, one_step: bool = False
) -> Result:
    url = server.url(asyncio.run(new_database(server)))
    clock = SkippingClock(folder / "clock")
    with strict_notion(TOKEN_SECONDS, clock=clock) as notion:
        fleet = Fleet(folder, notion.url, url, Result(), clock)
        return asyncio.run(roll_out(fleet, callers, one_step=one_step))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--one-step", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    configure_logging("json", "error")
    with tempfile.TemporaryDirectory() as name:
        servers = Path(name) / "servers"
        servers.mkdir()
        with running_postgres(servers) as server:
            result = run_rollout(Path(name), server, arguments.callers, one_step=arguments.one_step)
    return told(
        f"{result.restarts} restarts: {result.answers.total():,} calls, {result.failed:,} failed;"
        f" {result.refreshes:,} renewals meanwhile; secrets by key in the end: {result.key_uses}",
        kept=not (result.failed or result.unreadable or result.key_uses["old"]),
    )


if __name__ == "__main__":
    raise SystemExit(main())
