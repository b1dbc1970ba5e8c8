"""What was learned of limits outlives the process, on each database, and not for ever."""

import pytest
import sqlalchemy as sa

from notion_gateway.budget.budgets import Budgets
from notion_gateway.budget.learned import KEPT_LEARNED, LearnedBudgets, learned_before
from notion_gateway.budget.rules.learned import RESUMED_SECONDS, Learned
from notion_gateway.budget.rules.space_budget import Bounds
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import Counted, RowsPast
from notion_gateway.storage.schema.grants import learned_budgets
from tests.contracts.conftest import FrozenClock
from tests.support.samples import NOW

pytestmark = pytest.mark.anyio

AT = NOW.timestamp()
KEPT = KEPT_LEARNED.total_seconds()


def stored(database: Database, *learned: Learned, max_cached: int = 10) -> LearnedBudgets:
    """Of a process that has just learned this."""
    bounds = Bounds(30.0, 100)
    budgets = Budgets(bounds, FrozenClock(), lambda _: None, max_cached=max_cached)
    budgets._learned = {one.process_id: one for one in learned}  # pyright: ignore[reportPrivateUsage]
    return LearnedBudgets(database, budgets)


async def restored(database: Database, max_cached: int = 10) -> Budgets:
    """In the next process."""
    learned = stored(database, max_cached=max_cached)
    await learned.restore()
    return learned.budgets


def limit(budgets: Budgets, process_id: str) -> int | None:
    seen = budgets.seen(process_id)
    return None if seen is None else seen.limit


async def test_the_newest_word_of_any_process_is_where_the_next_one_begins(
    database: Database,
) -> None:
    await stored(database, Learned("p1", 60, 60.0, AT - 10)).write_down()
    await stored(
        database, Learned("p1", 20, 60.0, AT - 20), Learned("p2", 7, 90.0, AT)
    ).write_down()
    budgets = await restored(database)
    assert (limit(budgets, "p1"), limit(budgets, "p2")) == (60, 7)
    seen = budgets.seen("p2")
    assert seen is not None
    assert seen.window_seconds == 90.0
    assert budgets.seen("p3") is None


async def test_who_had_to_wait_lately_waits_at_once_and_others_once_notion_refuses(
    database: Database,
) -> None:
    lately, before = AT - RESUMED_SECONDS + 1, AT - RESUMED_SECONDS
    learned = [Learned("lately", 60, 60.0, lately), Learned("before", 60, 60.0, before)]
    await stored(database, *learned).write_down()
    budgets = await restored(database)
    assert not budgets.is_open("lately")
    assert budgets.is_open("before")
    assert budgets.is_open("never")
    for one in ("lately", "before"):
        assert limit(budgets, one) == 60
    assert (budgets.paced, budgets.waiting) == (0, 0), "nobody has called yet"


async def test_what_is_old_counts_no_longer_and_goes_and_there_is_a_most(
    database: Database,
) -> None:
    rows = [Learned(f"p{number}", 60, 60.0, AT - number) for number in range(5)]
    old = Learned("old", 60, 60.0, AT - KEPT)
    older = Learned("older", 60, 60.0, AT - KEPT - 1)
    await stored(database, *rows, old, older).write_down()
    budgets = await restored(database, max_cached=3)
    assert [limit(budgets, f"p{number}") for number in range(5)] == [60, 60, 60, None, None]
    assert limit(budgets, "old") is None

    past = RowsPast(database, learned_budgets, "", learned_before)
    assert await past.count(NOW) == Counted(1, 6)
    assert [count async for count in past.delete(NOW)] == [1]
    async with database.reading() as connection:
        ids = set(await connection.scalars(sa.select(learned_budgets.c.process_id)))
    assert ids == {"old", *(one.process_id for one in rows)}
