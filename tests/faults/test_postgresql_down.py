"""PostgreSQL is killed or falls silent, and comes back, while people work."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from notion_gateway.vault.keyring import generate_key
from tests.faults.people import LONG_SECONDS, PASSING, SPACES, STEADY, People
from tests.faults.places import new_database
from tests.faults.rounds import CALL, HEADERS
from tests.faults.strict_notion import strict_notion
from tests.faults.wire_cutter import WireCutter, wire_cutter
from tests.support.databases import PostgresServer, running_postgres, serving_postgres
from tests.support.figures import Figure
from tests.support.gateway import calling
from tests.support.processes import gateway_process
from tests.support.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.alone, pytest.mark.thorough]

_RECOVERS_WITHIN_SECONDS = 20.0
"""On any machine. One to four seconds where nothing else runs."""

_CALLS_MEANWHILE = 100
_SHORT_LIMITS = "?connect_timeout=2&command_timeout=3"
"""An outage lasts as long as a statement may take: what is silent has not failed before that."""

_NO_LIMIT = "?connect_timeout=2&command_timeout=3600"
_WITHOUT_MEMORY = """
from notion_gateway.access.cache_trust import CacheTrust
CacheTrust.holds = lambda self: False
"""
"""What is remembered of members and tokens does not count."""

_WITHOUT_WORDS = """
import contextlib
from notion_gateway.storage import database
database.one_vocabulary = contextlib.nullcontext
"""
"""The database's faults are whatever its driver says."""


@dataclass(frozen=True, slots=True)
class Outage:
    begin: Callable[[], Awaitable[None]]
    end: Callable[[], Awaitable[None]]


async def recover(people: People, outage: Outage) -> float:
    """How long, from the end of an outage, until every space's token has been renewed and a new
    space can be connected. Meanwhile what is in memory serves, and the rest says: try again.
    """
    async with people.at_work(callers=8):
        await outage.begin()
        before = people.steady.total()
        await until(lambda: people.renewing["store_unavailable"] > 0)
        await until(lambda: people.steady.total() > before + _CALLS_MEANWHILE)
        assert not await people.connect("in-between")
        await outage.end()
        ended = time.monotonic()
        await all_works(people)
        recovered = time.monotonic() - ended
    assert set(people.steady) == {"200"}
    assert set(people.renewing) <= {"200", *PASSING}
    assert await people.still_connected() == len(people.consented)
    return recovered


async def all_works(people: People) -> None:
    """Waits for it: every space is renewed and called, and a new one connected."""
    await people.until_renewed(len(SPACES))
    for space in (STEADY, *SPACES):
        assert await people.until_works(space) == "200"
    while not await people.connect("afterwards"):  # noqa: ASYNC110 - over HTTP
        await asyncio.sleep(0.02)


@asynccontextmanager
async def people_on(folder: Path, url: str, **variables: str) -> AsyncGenerator[People]:
    async with AsyncExitStack() as stack:
        notion = stack.enter_context(strict_notion(LONG_SECONDS)).url
        variables |= {"DATABASE_URL": url, "TOKEN_ENCRYPTION_KEYS": generate_key()}
        gateway = await stack.enter_async_context(
            gateway_process(folder, notion, folder / "gateway.log", **variables)
        )
        yield People(notion, [await stack.enter_async_context(calling(gateway.url))])


@pytest.mark.promise("threats:43")
async def test_killed_and_started_again(servers_folder: Path, figure: Figure) -> None:
    async with AsyncExitStack() as stack:
        server = stack.enter_context(running_postgres(servers_folder))
        again = serving_postgres(servers_folder / "postgres", server.port)

        async def begin() -> None:
            await asyncio.to_thread(server.kill)

        async def end() -> None:
            await asyncio.to_thread(stack.enter_context, again)

        people = await stack.enter_async_context(people_on(servers_folder, server.url()))
        seconds = await recover(people, Outage(begin, end))
    figure(f"works again {seconds:.1f} s after it was started again")
    assert seconds < _RECOVERS_WITHIN_SECONDS


def dropped(wire: WireCutter) -> Outage:
    """Nothing arrives, until everything does."""
    return _outage(wire.hold, wire.mend)


def half_open(wire: WireCutter) -> Outage:
    """Nothing arrives; later only new connections work, and nobody is told about the old ones."""
    return _outage(wire.hold, wire.mend_for_new)


def _outage(begin: Callable[[], None], end: Callable[[], None]) -> Outage:
    async def beginning() -> None:
        begin()

    async def ending() -> None:
        end()

    return Outage(beginning, ending)


@pytest.mark.promise("threats:43")
@pytest.mark.parametrize("kind", [dropped, half_open])
async def test_silent_and_reachable_again(
    kind: Callable[[WireCutter], Outage], tmp_path: Path, postgres: PostgresServer
) -> None:
    name = await new_database(postgres)
    async with wire_cutter(postgres.port) as (wire, port):
        url = PostgresServer(port, postgres.pid).url(name) + _SHORT_LIMITS
        async with people_on(tmp_path, url) as people:
            assert await recover(people, kind(wire)) < _RECOVERS_WITHIN_SECONDS


@pytest.mark.parametrize(
    ("bend", "call", "write"),
    [("", 200, 503), (_WITHOUT_MEMORY, 503, 503), (_WITHOUT_WORDS, 200, 500)],
    ids=["as it is", "without memory", "without words"],
)
async def test_a_call_is_answered_from_memory_and_a_write_told_to_come_again(
    bend: str, call: int, write: int, servers_folder: Path
) -> None:
    """And that both are not so where what makes them so is taken away."""
    (servers_folder / "sitecustomize.py").write_text(bend)
    with running_postgres(servers_folder) as server:
        bent = {"PYTHONPATH": str(servers_folder)}
        async with people_on(servers_folder, server.url(), **bent) as people:
            assert await people.connect(STEADY)
            gateway = people.gateway()
            assert (await gateway.call(STEADY, CALL, headers=HEADERS)).status == 200
            await asyncio.to_thread(server.kill)
            assert (await gateway.call(STEADY, CALL, headers=HEADERS)).status == call
            assert (await gateway.start("another")).status == write


async def test_without_a_limit_on_statements_those_on_half_open_connections_are_waited_for(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    name = await new_database(postgres)
    async with wire_cutter(postgres.port) as (wire, port):
        url = PostgresServer(port, postgres.pid).url(name) + _NO_LIMIT
        async with people_on(tmp_path, url) as people, people.at_work(callers=8):
            before = people.steady.total()
            wire.hold()
            await until(lambda: people.steady.total() > before + _CALLS_MEANWHILE)
            wire.mend_for_new()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(_RECOVERS_WITHIN_SECONDS):
                    await all_works(people)
            wire.cut()  # now everybody is told, and can leave
            wire.mend()
