import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.adapters.clock import SystemRandom
from notion_gateway.adapters.database import Database
from notion_gateway.adapters.database_clock import database_now
from notion_gateway.adapters.schema import leases
from notion_gateway.adapters.sql_lease import SqlLeaseKeeper
from notion_gateway.domain.errors import RefreshUnavailable
from notion_gateway.ports import LeaseKeeper

pytestmark = pytest.mark.anyio


async def test_one_holds_a_lease_at_a_time(lease_keeper: LeaseKeeper) -> None:
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
    lease_keeper: LeaseKeeper,
) -> None:
    async with lease_keeper.hold("one"), asyncio.timeout(5), lease_keeper.hold("two"):
        pass


async def test_a_holder_that_lives_keeps_its_lease_for_as_long_as_it_works(
    database: Database,
) -> None:
    short = SqlLeaseKeeper(database, SystemRandom(), lease_seconds=0.3, deadline_seconds=0.15)
    impatient = SqlLeaseKeeper(database, SystemRandom(), patience_seconds=1.0)
    async with short.hold("space") as lease:
        with pytest.raises(RefreshUnavailable):
            async with impatient.hold("space"):
                pass
        assert lease.deadline > asyncio.get_running_loop().time()


async def test_a_lease_whose_holder_stopped_is_taken_over_after_its_deadline_passed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = SqlLeaseKeeper(database, SystemRandom(), lease_seconds=0.2, deadline_seconds=0.1)
    monkeypatch.setattr(short, "_renew", _stopped)
    loop = asyncio.get_running_loop()
    late = short.hold("space")
    lease = await late.__aenter__()
    async with SqlLeaseKeeper(database, SystemRandom()).hold("space"):
        assert loop.time() > lease.deadline
        # What is late to give it back takes nothing from the new holder.
        await late.__aexit__(None, None, None)
        async with database.reading() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(leases)) == 1


async def test_a_holder_that_woke_up_too_late_does_not_renew_what_is_anothers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = SqlLeaseKeeper(database, SystemRandom(), lease_seconds=0.2, deadline_seconds=0.1)
    renew: Any = getattr(short, "_renew")  # noqa: B009 - from outside, on purpose
    monkeypatch.setattr(short, "_renew", _stopped)
    late = short.hold("space")
    lease = await late.__aenter__()
    before = lease.deadline
    async with SqlLeaseKeeper(database, SystemRandom()).hold("space"):
        async with asyncio.timeout(5):
            await renew("space", "late", lease, asyncio.Event())
        assert lease.deadline == before
    await late.__aexit__(None, None, None)


async def _stopped(*_: object) -> None:
    """In the place of renewing."""


async def test_a_clock_that_was_set_back_does_not_keep_a_dead_lease_alive(
    database: Database,
) -> None:
    dead = {"space_id": "space", "holder": "dead", "expires_at": database_now() + 3600}
    async with database.writing() as connection:
        await connection.execute(sa.insert(leases).values(dead))
    async with asyncio.timeout(5), SqlLeaseKeeper(database, SystemRandom()).hold("space"):
        pass


async def test_who_waits_too_long_is_told_to_try_again(database: Database) -> None:
    impatient = SqlLeaseKeeper(database, SystemRandom(), patience_seconds=0.1)
    async with impatient.hold("space"):
        with pytest.raises(RefreshUnavailable):
            async with impatient.hold("space"):
                pass


async def test_a_lease_is_given_back_when_its_work_fails(lease_keeper: LeaseKeeper) -> None:
    with pytest.raises(RuntimeError):
        async with lease_keeper.hold("space"):
            raise RuntimeError
    async with asyncio.timeout(1), lease_keeper.hold("space"):
        pass


async def test_the_clock_is_the_databases_and_moves(database: Database) -> None:
    async with database.reading() as connection:
        first = await connection.scalar(sa.select(database_now()))
        await asyncio.sleep(0.02)
        second = await connection.scalar(sa.select(database_now()))
    assert first is not None
    assert second is not None
    assert 0.01 < second - first < 5


async def test_a_deadline_as_long_as_the_lease_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="shorter"):
        SqlLeaseKeeper(database, SystemRandom(), lease_seconds=5, deadline_seconds=5)
