"""Very many tokens expire together, and somebody asks for each of them at once.

    python -m tests.faults.expiries --grants 10000
    python -m tests.faults.expiries --grants 1000 --without-limit    # the negative control

A real gateway on SQLite, in this process, before a simulated Notion on a real socket that notes
how many redemptions it has at once. Who is told to come again comes again. In the test Notion
answers none before every space has asked for its turn; here, none before 64 are there.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.integration.refresh import MAX_CONCURRENT, Refresher
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.kernel.log import configure_logging
from notion_gateway.storage.database_clock import DatabaseClock
from notion_gateway.wiring import Features, open_gateway
from tests.faults.children import LIFETIME_SECONDS, defaults_of, settings_for
from tests.faults.planting import plant, plant_very_many
from tests.support.clocks import SharedClock
from tests.support.longer_runs import told
from tests.support.notion import Notion, serving_notion
from tests.support.waiting import until

_COME_AGAIN_SECONDS = 5.0


class Counted:
    """Answers at the token endpoint in the simulator's place, and has it answer when ``open``."""

    def __init__(self, notion: Notion) -> None:
        self._notion = notion
        self.open = asyncio.Event()
        self.now = 0
        self.most = 0
        """At once, so far."""
        notion.wire.instead["/token"] = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
            await self._notion.wire.simulated(scope, receive, send)
        finally:
            self.now -= 1


@dataclass
class Expired:
    """Connected spaces whose tokens have all expired, and ``steady``, whose token has not."""

    notion: Notion
    gateway: Features
    endpoint: Counted
    spaces: list[str]
    asked: int = 0
    """Renewals that have begun or wait for their turn, in all."""
    told_to_come_again: Counter[str] = field(default_factory=Counter[str])
    """How often, by the reason: callers wait for a limited time."""
    asking: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    waited: list[float] = field(default_factory=list[float])
    """Seconds, of each caller who has a token now, with all times that they came again."""

    def ask_for_all(self) -> None:
        self.asking = [asyncio.create_task(self._ask(space)) for space in self.spaces]

    async def _ask(self, space: str) -> None:
        began = time.monotonic()
        while True:
            try:
                await self.gateway.integrations.access_tokens.lend(space)
            except (RefreshUnavailable, StoreUnavailable) as fault:
                self.told_to_come_again[str(fault.reason)] += 1
                await asyncio.sleep(_COME_AGAIN_SECONDS)
            else:
                self.waited.append(time.monotonic() - began)
                return

    async def all_have_asked(self) -> None:
        await until(lambda: self.asked >= len(self.spaces))

    async def use_steady(self, times: int) -> None:
        """Each time as if by a gateway that does not have it in memory."""
        tokens = self.gateway.integrations.access_tokens
        for _ in range(times):
            tokens.forget("steady")
            await tokens.lend("steady")

    def redemptions(self) -> dict[str, int]:
        """How often, by what Notion said."""
        found: dict[str, int] = self.notion.simulator.observation()["token_requests"].get(
            "refresh_token", {}
        )
        return found


@asynccontextmanager
async def expired(
    folder: Path, count: int, *, limit: int = MAX_CONCURRENT
) -> AsyncGenerator[Expired]:
    """Whoever still asks at the end of the block stops."""
    clock = SharedClock()
    rules: dict[str, Any] = {
        "rotation": "strict",
        "access_token_lifetime_seconds": LIFETIME_SECONDS,
    }
    names = [f"space-{number}" for number in range(count)]

    def told(_: DatabaseClock) -> float:
        return clock.timestamp()

    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(DatabaseClock, "timestamp", told)
        patch.setitem(defaults_of(Refresher), "max_concurrent", limit)
        notion = await stack.enter_async_context(serving_notion(clock=clock, **rules))
        settings = settings_for(notion.url, folder)
        gateway = await stack.enter_async_context(open_gateway(settings))
        await plant_very_many(gateway, notion.simulator, names, settings)
        clock.skip(LIFETIME_SECONDS + 1)
        await plant(gateway, notion.simulator, ["steady"])
        found = Expired(notion, gateway, Counted(notion), names)
        _note_asking(patch, found)
        try:
            yield found
        finally:
            found.endpoint.open.set()
            for task in found.asking:
                task.cancel()
            await asyncio.gather(*found.asking, return_exceptions=True)


def _note_asking(patch: pytest.MonkeyPatch, found: Expired) -> None:
    refresh = Refresher.refresh

    async def noted(self: Refresher, *arguments: Any) -> Any:
        found.asked += 1
        return await refresh(self, *arguments)

    patch.setattr(Refresher, "refresh", noted)


async def _run(folder: Path, grants: int, limit: int) -> int:
    print(f"connecting {grants:,} spaces", flush=True)  # noqa: T201 - a command
    async with expired(folder, grants, limit=limit) as crowd:
        began = time.monotonic()
        crowd.ask_for_all()
        await until(lambda: crowd.endpoint.now >= min(grants, MAX_CONCURRENT), 600)
        crowd.endpoint.open.set()
        await asyncio.gather(*crowd.asking)
        took = time.monotonic() - began
        once_each = crowd.redemptions() == {"ok": grants}
        return told(
            f"{grants:,} renewed in {took:.0f} s; at Notion at once: {crowd.endpoint.most} at most;"
            f" redemptions: {crowd.redemptions()};"
            f" told to come again: {dict(crowd.told_to_come_again)};"
            f" callers waited {_percentile(crowd.waited, 50):.0f} s (p50),"
            f" {_percentile(crowd.waited, 99):.0f} s (p99)",
            kept=once_each and crowd.endpoint.most <= MAX_CONCURRENT,
        )


def _percentile(seconds: list[float], percent: int) -> float:
    return quantiles(seconds, n=100)[percent - 1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--grants", type=int, default=10_000)
    parser.add_argument("--without-limit", action="store_true", help="the negative control")
    arguments = parser.parse_args()
    configure_logging("json", "error")
    limit = arguments.grants if arguments.without_limit else MAX_CONCURRENT
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder), arguments.grants, limit))


if __name__ == "__main__":
    raise SystemExit(main())
