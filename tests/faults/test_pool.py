"""A small pool and a slow Notion: whoever waits for an answer holds no connection meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.types import Receive, Scope, Send

from notion_gateway.integration.leases import Leases
from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.messages import BeforeBody, HttpAnswer, HttpRequest
from notion_gateway.kernel.outbound.unrepeatable import UnrepeatableRequests
from notion_gateway.storage import database, postgresql
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import DatabaseClock
from notion_gateway.wiring import Features, open_gateway
from tests.faults.children import LIFETIME_SECONDS, settings_for
from tests.faults.places import new_database, on
from tests.faults.planting import plant
from tests.support.clocks import SharedClock
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.notion import Notion, serving_notion
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [pytest.mark.anyio, pytest.mark.alone]

POOL = 5
SPACES = 500
IN_FLIGHT = 4 * POOL

_IDLE_IN_TRANSACTION = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
)


class Gate:
    """Lets requests to the token endpoint pile up until it is opened."""

    def __init__(self, notion: Notion) -> None:
        self._notion = notion
        self._open = asyncio.Event()
        self.waiting = 0
        notion.wire.instead["/token"] = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.waiting += 1
        await self._open.wait()
        await self._notion.wire.simulated(scope, receive, send)

    def open(self) -> None:
        self._open.set()


@dataclass(frozen=True, slots=True)
class Crowd:
    """Connected spaces whose tokens have all expired; ``watcher`` looks from outside."""

    notion: Notion
    gateway: Features
    watcher: Database
    spaces: list[str]

    @asynccontextmanager
    async def lending_all(self, gate: Gate) -> AsyncGenerator[list[asyncio.Task[str]]]:
        """Asks for every space's token at once. At the end of the block the gate opens, and who
        still waits stops: a test that fails must not sit through 500 time-outs.
        """
        lent = [asyncio.create_task(self._lend(space)) for space in self.spaces]
        try:
            yield lent
        finally:
            gate.open()
            refreshes = [one for one in asyncio.all_tasks() if one.get_name() == "renew token"]
            for task in [*lent, *refreshes]:
                task.cancel()
            await asyncio.wait([*lent, *refreshes])

    async def _lend(self, space: str) -> str:
        try:
            await self.gateway.integrations.access_tokens.lend(space)
        except GatewayError as fault:
            return fault.reason
        return "token"

    async def idle_in_transaction(self) -> int:
        async with self.watcher.reading() as connection:
            return await connection.scalar(_IDLE_IN_TRANSACTION) or 0


@asynccontextmanager
async def a_crowd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: PostgresServer, spaces: int
) -> AsyncGenerator[Crowd]:
    defaults: Any = Database.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "pool_size", POOL)
    # How long somebody may stand in line for a connection is not what is tried here.
    for module in (database, postgresql):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    # Nor is how long a busy machine lets a request, and who may send it, wait for their turn.
    lease: Any = Leases.__init__.__kwdefaults__
    monkeypatch.setitem(lease, "deadline_seconds", PATIENCE_SECONDS)
    monkeypatch.setitem(lease, "lease_seconds", 2 * PATIENCE_SECONDS)
    requests: Any = UnrepeatableRequests.__init__.__kwdefaults__
    monkeypatch.setitem(requests, "fresh_seconds", PATIENCE_SECONDS)
    monkeypatch.setitem(requests, "proof_seconds", PATIENCE_SECONDS)
    clock = SharedClock()

    def told(_: DatabaseClock) -> float:
        return clock.timestamp()

    monkeypatch.setattr(DatabaseClock, "timestamp", told)
    url = server.url(await new_database(server))
    rules: dict[str, Any] = {
        "rotation": "strict",
        "access_token_lifetime_seconds": LIFETIME_SECONDS,
    }
    names = [f"space-{number}" for number in range(spaces)]
    async with AsyncExitStack() as stack:
        notion = await stack.enter_async_context(serving_notion(clock=clock, **rules))
        settings = settings_for(notion.url, tmp_path, **on(url))
        gateway = await stack.enter_async_context(open_gateway(settings))
        gateway.integrations.access_tokens.wait_seconds = PATIENCE_SECONDS
        watcher = Database(url)
        stack.push_async_callback(watcher.close)
        await plant(gateway, notion.simulator, names)
        clock.skip(LIFETIME_SECONDS + 1)
        yield Crowd(notion, gateway, watcher, names)


@pytest.mark.promise("threats:44")
async def test_500_refreshes_share_a_pool_of_5_and_none_holds_a_transaction_while_notion_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer, figure: Figure
) -> None:
    async with a_crowd(tmp_path, monkeypatch, postgres, SPACES) as crowd:
        gate = Gate(crowd.notion)
        async with crowd.lending_all(gate) as lent:
            await until(lambda: gate.waiting >= IN_FLIGHT)
            seen = [await crowd.idle_in_transaction() for _ in range(50)]
            gate.open()
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await asyncio.gather(*lent) == ["token"] * SPACES
        assert min(seen) == 0
        redeemed = crowd.notion.simulator.observation()["token_requests"]["refresh_token"]
        assert redeemed == {"ok": SPACES}
        words = "{} refreshes through {} connections: {} of them idle in a transaction meanwhile"
        figure(words, redeemed["ok"], POOL, min(seen))


async def test_with_a_transaction_around_each_call_no_more_are_at_notion_than_the_pool_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> None:
    async with a_crowd(tmp_path, monkeypatch, postgres, IN_FLIGHT) as crowd:
        hold_transactions(monkeypatch, crowd.gateway)
        gate = Gate(crowd.notion)
        async with crowd.lending_all(gate):
            await until(lambda: gate.waiting == POOL)
            seen = [await crowd.idle_in_transaction() for _ in range(50)]
            assert min(seen) == gate.waiting == POOL


def hold_transactions(monkeypatch: pytest.MonkeyPatch, gateway: Features) -> None:
    """From now on whoever asks Notion for tokens does so in a transaction, begun when the lease
    is confirmed.
    """
    database: Database = getattr(gateway.health.checks["database"], "__self__")  # noqa: B009 - untyped
    send = UnrepeatableRequests.send

    async def holding(
        self: UnrepeatableRequests,
        request: HttpRequest,
        *,
        proof: HttpRequest,
        before_body: BeforeBody,
    ) -> HttpAnswer:
        async with AsyncExitStack() as held:

            async def before_body_in_transaction() -> bool:
                allowed = await before_body()
                connection = await held.enter_async_context(database.writing())
                await connection.execute(sa.text("SELECT 1"))
                return allowed

            return await send(self, request, proof=proof, before_body=before_body_in_transaction)

    monkeypatch.setattr(UnrepeatableRequests, "send", holding)
