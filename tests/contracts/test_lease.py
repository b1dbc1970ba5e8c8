import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.integration import lease as sql_lease
from notion_gateway.integration.errors import RefreshUnavailable
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.rules.events import RefreshStarted
from notion_gateway.kernel.clock import SystemClock, steady_seconds
from notion_gateway.kernel.errors import VersionConflict
from notion_gateway.storage import database_clock
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import DatabaseClock, database_now
from notion_gateway.storage.schema.grants import leases
from tests.support.leases import leases_go_by
from tests.support.samples import NOW
from tests.support.statements import counting
from tests.support.waiting import PATIENCE_SECONDS, until, until_told

pytestmark = pytest.mark.anyio


async def test_one_holds_a_lease_at_a_time(lease_keeper: Leases) -> None:
    holding = most = rounds = 0

    async def hold() -> None:
        nonlocal holding, most, rounds
        async with lease_keeper.hold("space"):
            holding += 1
            most, rounds = max(most, holding), rounds + 1
            await asyncio.sleep(0.005)
            holding -= 1

    await asyncio.gather(*(hold() for _ in range(8)))
    assert (most, rounds) == (1, 8)


async def test_leases_of_two_spaces_do_not_wait_for_each_other(
    lease_keeper: Leases,
) -> None:
    async with (
        lease_keeper.hold("one"),
        asyncio.timeout(PATIENCE_SECONDS),
        lease_keeper.hold("two"),
    ):
        pass


async def test_a_holder_is_told_that_the_lease_is_still_its_own(lease_keeper: Leases) -> None:
    async with lease_keeper.hold("space") as lease:
        assert await lease.confirm()
        assert lease.in_time()


async def held(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(leases)) or 0


async def test_a_lease_is_given_back_with_an_append_that_lands_and_with_no_other(
    database: Database,
) -> None:
    store, lease_keeper = IntegrationEvents(database), Leases(database)
    started = RefreshStarted(at=NOW, process_id="p1", refresh_token_sha256="0" * 64)
    async with lease_keeper.hold("space") as lease:
        with pytest.raises(VersionConflict):
            await store.append("space", 7, [started], also=[lease.ending()])
        assert await held(database) == 1
        await store.append("space", 0, [started], also=[lease.ending()])
        assert await held(database) == 0
        lease.is_ended = True
        async with lease_keeper.hold("space") as next_one:
            await store.append("space", 1, [started], also=[lease.ending()])
            assert await next_one.confirm()


def short(database: Database) -> Leases:
    return Leases(database, lease_seconds=0.6, deadline_seconds=0.1, under_way_seconds=0.6)


class StandingClock:
    """In the database clock's place: it goes on when a test says so."""

    def __init__(self) -> None:
        self.seconds = time.time()

    def now(self) -> sa.ColumnElement[float]:
        return sa.literal(self.seconds, sa.Double)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    standing = StandingClock()
    leases_go_by(standing.now, monkeypatch.setattr)
    return standing


async def left_by(clock: StandingClock, database: Database) -> float:
    """For how many seconds the lease still stands."""
    async with database.reading() as connection:
        return (await connection.scalar(sa.select(leases.c.expires_at)) or 0.0) - clock.seconds


async def test_a_holder_that_lives_keeps_its_lease_for_as_long_as_it_works(
    database: Database, clock: StandingClock
) -> None:
    impatient = Leases(database, patience_seconds=0.1)
    async with short(database).hold("space") as lease:
        for _ in range(3):
            clock.seconds += 0.5

            async def is_renewed() -> bool:
                return await left_by(clock, database) > 0.5

            await until_told(is_renewed)
        with pytest.raises(RefreshUnavailable):
            async with impatient.hold("space"):
                pass
        assert await lease.confirm()


async def test_a_lease_whose_holder_stopped_is_taken_over_and_not_confirmed_any_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = short(database)
    monkeypatch.setattr(keeper, "_renew", _stopped)
    late = keeper.hold("space")
    lease = await late.__aenter__()
    async with Leases(database).hold("space"):
        assert not lease.in_time()
        assert not await lease.confirm()
        assert not lease.in_time()
        # What is late to give it back takes nothing from the new holder.
        await late.__aexit__(None, None, None)
        async with database.reading() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(leases)) == 1


async def test_a_lease_that_ran_out_is_not_confirmed_though_nobody_took_it(
    database: Database,
) -> None:
    async with short(database).hold("space") as lease:
        async with database.writing() as connection:
            await connection.execute(sa.update(leases).values(expires_at=database_now()))
        assert not await lease.confirm()


async def test_a_holder_that_woke_up_too_late_does_not_renew_what_is_anothers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = short(database)
    renew: Any = getattr(keeper, "_renew")  # noqa: B009 - from outside, on purpose
    monkeypatch.setattr(keeper, "_renew", _stopped)
    late = keeper.hold("space")
    lease = await late.__aenter__()
    async with Leases(database).hold("space"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await renew(lease, asyncio.Event())
        assert not lease.in_time()
    await late.__aexit__(None, None, None)


async def seconds_left(database: Database) -> float:
    async with database.reading() as connection:
        query = sa.select(leases.c.expires_at - database_now())
        return await connection.scalar(query) or 0.0


@pytest.mark.thorough
async def test_no_fault_of_the_database_ends_renewing_or_takes_along_what_was_done(
    database: Database,
) -> None:
    far_off = database_now() + 3600
    async with short(database).hold("space") as lease:
        async with database.writing() as connection:
            await connection.execute(sa.text("ALTER TABLE leases RENAME TO elsewhere"))
        assert not await lease.confirm()
        await asyncio.sleep(0.3)  # at least one renewal
        async with database.writing() as connection:
            await connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO leases"))
            await connection.execute(sa.update(leases).values(expires_at=far_off))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await seconds_left(database) > 60:  # noqa: ASYNC110 - nothing tells that it is renewed
                await asyncio.sleep(0.05)
        async with database.writing() as connection:
            await connection.execute(sa.text("DROP TABLE leases"))


async def test_time_in_which_the_machine_slept_counts_toward_the_deadline(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such time shows on a clock that goes on meanwhile, and not on the event loop's."""
    async with Leases(sqlite_database).hold("space") as lease:
        assert await lease.confirm()
        monkeypatch.setattr(sql_lease, "steady_seconds", lambda: steady_seconds() + 3600)
        assert not lease.in_time()


def test_the_steady_clock_is_the_one_that_goes_on_while_the_machine_sleeps() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    told = steady_seconds()
    assert before <= told <= time.clock_gettime(time.CLOCK_BOOTTIME)


async def _stopped(*_: object) -> None:
    """In the place of renewing."""


async def test_a_clock_that_was_set_back_does_not_keep_a_dead_lease_alive(
    database: Database,
) -> None:
    dead = {"space_id": "space", "holder": "dead", "expires_at": database_now() + 3600}
    async with database.writing() as connection:
        await connection.execute(sa.insert(leases).values(dead))
    async with asyncio.timeout(PATIENCE_SECONDS), Leases(database).hold("space"):
        pass


async def test_who_waits_too_long_is_told_to_try_again(database: Database) -> None:
    impatient = Leases(database, patience_seconds=0.1)
    async with impatient.hold("space"):
        with pytest.raises(RefreshUnavailable):
            async with impatient.hold("space"):
                pass


async def test_who_waits_for_a_lease_only_reads(database: Database) -> None:
    """SQLite has one writer at a time: many who tried to take it kept its holder from renewing
    it, until it ran out and a token was sent twice.
    """
    with counting() as statements:
        asked = Database(database.engine.url)
        async with Leases(asked).hold("space"):
            statements.clear()
            with pytest.raises(RefreshUnavailable):
                async with Leases(asked, patience_seconds=0.5).hold("space"):
                    pass
            assert statements.verbs()["INSERT"] == 1
        await asked.close()


async def test_a_lease_is_given_back_when_its_work_fails(
    lease_keeper: Leases, clock: StandingClock
) -> None:
    """By the clock none has run out: who waited for that would wait in vain."""
    del clock
    with pytest.raises(RuntimeError):
        async with lease_keeper.hold("space"):
            raise RuntimeError
    async with lease_keeper.hold("space"):
        pass


async def test_the_clock_is_the_databases_and_moves(database: Database) -> None:
    async with database.reading() as connection:
        first = await connection.scalar(sa.select(database_now()))
        await asyncio.sleep(0.02)
        second = await connection.scalar(sa.select(database_now()))
    assert first is not None
    assert second is not None
    assert 0.01 < second - first < 5


@pytest.mark.parametrize(("deadline", "under_way"), [(5, 120), (3, 3), (3, 2)])
async def test_a_lease_that_can_run_out_before_a_request_leaves_is_refused(
    sqlite_database: Database, deadline: float, under_way: float
) -> None:
    with pytest.raises(ValueError, match="longer"):
        Leases(
            sqlite_database,
            lease_seconds=5,
            deadline_seconds=deadline,
            under_way_seconds=under_way,
        )


# --- requests that may still be under way ---


async def test_from_when_a_request_may_leave_it_is_covered_though_its_holder_dies(
    database: Database, monkeypatch: pytest.MonkeyPatch, clock: StandingClock
) -> None:
    keeper = Leases(database)
    monkeypatch.setattr(keeper, "_renew", _stopped)
    dead = keeper.hold("space")
    lease = await dead.__aenter__()
    assert await left_by(clock, database) == pytest.approx(14)
    assert await lease.confirm()
    assert await left_by(clock, database) == pytest.approx(120)
    clock.seconds += 119
    with pytest.raises(RefreshUnavailable):
        async with Leases(database, patience_seconds=0.1).hold("space"):
            pass
    await dead.__aexit__(None, None, None)


async def test_where_nobody_knows_its_end_others_wait_and_are_told_how_long(
    lease_keeper: Leases, clock: StandingClock
) -> None:
    async with lease_keeper.hold("space") as lease:
        await lease.confirm()
    clock.seconds += 20
    with pytest.raises(RefreshUnavailable) as told:
        async with lease_keeper.hold("space"):
            pass
    assert told.value.retry_after_seconds == 100


async def test_what_may_be_under_way_is_over_in_the_end(
    database: Database, clock: StandingClock
) -> None:
    keeper = Leases(database)
    async with keeper.hold("space") as lease:
        await lease.confirm()
    clock.seconds += 119
    with pytest.raises(RefreshUnavailable):
        async with keeper.hold("space"):
            pass
    clock.seconds += 1
    async with keeper.hold("space"):
        pass


async def test_a_request_that_has_ended_leaves_nothing_behind(lease_keeper: Leases) -> None:
    """The control of the two above."""
    async with lease_keeper.hold("space") as lease:
        await lease.confirm()
        lease.request_ended()
    async with lease_keeper.hold("space"):
        pass


async def test_the_database_clock_tells_the_databases_time_without_asking(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(_: SystemClock) -> float:
        return datetime(2000, 1, 1, tzinfo=UTC).timestamp()

    monkeypatch.setattr(SystemClock, "timestamp", wrong)
    clock = DatabaseClock(database)
    assert clock.now().year == 2000
    await clock.look()
    async with database.reading() as connection:
        told = await connection.scalar(sa.select(database_now())) or 0
    assert abs(clock.now().timestamp() - told) < 5
    await database.close()
    first = clock.now()
    await asyncio.sleep(0.01)
    assert clock.now() > first


async def test_the_database_clock_follows_when_it_is_set(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = DatabaseClock(sqlite_database, look_every_seconds=0.01)
    await clock.look()
    before = clock.now()
    set_back: Any = lambda: database_now() - 3600  # noqa: E731
    monkeypatch.setattr(database_clock, "database_now", set_back)
    stop = asyncio.Event()
    following = asyncio.create_task(clock.follow(stop))
    await until(lambda: clock.now() < before)
    stop.set()
    await following
