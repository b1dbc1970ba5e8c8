"""What counts once, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import used_once
from notion_gateway.storage.used_once import UsedOnce
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio


async def test_of_many_who_use_it_at_once_exactly_one_does(database: Database) -> None:
    store = UsedOnce(database)
    once = "k" * 64, NOW + timedelta(seconds=65)
    used = await asyncio.gather(*(store.use(*once, NOW) for _ in range(20)))

    assert sorted(used) == [False] * 19 + [True]
    assert await store.use(*once, NOW + timedelta(seconds=64)) is False
    assert await store.use("other", once[1], NOW) is True


async def test_what_has_expired_is_forgotten(database: Database) -> None:
    store = UsedOnce(database)
    await store.use("old", NOW + timedelta(seconds=1), NOW)
    await store.use("new", NOW + timedelta(days=1), NOW + timedelta(seconds=2))
    async with database.reading() as connection:
        kept = (await connection.scalars(sa.select(used_once.c.key))).all()

    assert kept == ["new"]


async def test_many_different_ones_at_once_are_all_used(database: Database) -> None:
    """While others' expired rows are swept."""
    store = UsedOnce(database)
    now = datetime.now(UTC)
    for number in range(20):
        await store.use(f"old {number}", now, now - timedelta(seconds=1))
    ones = [(f"{number}", now + timedelta(seconds=60)) for number in range(20)]

    assert all(await asyncio.gather(*(store.use(*one, now) for one in ones)))


async def test_several_are_used_together_or_not_at_all(database: Database) -> None:
    store = UsedOnce(database)
    until = NOW + timedelta(days=1)
    tries = (store.use_all(["a", f"{number}"], until, NOW) for number in range(10))
    assert sorted(await asyncio.gather(*tries)) == [False] * 9 + [True]

    # Of those that were refused nothing is used.
    assert [await store.use(f"{number}", until, NOW) for number in range(10)].count(False) == 1
    assert await store.use_all(["b", "b"], until, NOW) is True
