"""``python -m bench.audit``: questions over a space's calls, among a million of them.

On SQLite and on PostgreSQL, which is started as the tests start it. The rows are made by the
gateway's own store, as it makes them of calls: chained, with their pages. Asked through the same
code as the route, ten times each; then the whole chain is verified.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from notion_gateway.access.rules.tool_limits import READING_TOOLS
from notion_gateway.audit.questions import Question
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.verify import verify
from notion_gateway.policy.rules.tools import WRITING_TOOLS
from notion_gateway.storage.database import Database
from tests.support.databases import running_postgres

SPACE: Final = "birch"
DAY: Final = 24 * 3600.0
PEOPLE, TOKENS, PAGES = 50, 200, 20_000
TOOLS: Final = sorted(READING_TOOLS | WRITING_TOOLS)
_TIMES: Final = 10
_TOGETHER: Final = 1000
_REFUSED, _PERSONAL = 500, 100
"""One call in so many is refused by the gateway, and goes by a member's own grant."""
ONLY_READ, _READS = PAGES, 10
"""One call in so many reads this page, which nobody changes."""
_BEGAN: Final = 1_764_000_000.0


@dataclass(frozen=True, slots=True)
class Asked:
    what: str
    ask: Callable[[AuditStore], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Measured:
    """In seconds; the questions' in the order in which they were asked, the middle of ten."""

    database: str
    filled: float
    answered: Sequence[float]
    verified: float


def entry(number: int, rows: int, chance: random.Random) -> Entry:
    """Over 90 days. Six in ten calls name a page; a few people and pages have most of them."""
    page = int(PAGES * chance.random() ** 2)
    tool = chance.choice(TOOLS)
    if number % _READS == 0:
        page, tool = ONLY_READ, "notion-fetch"
    return Entry(
        at=_BEGAN + 90 * DAY * number / rows,
        user_id=f"user-{int(PEOPLE * chance.random() ** 2)}",
        token=f"token-{chance.randrange(TOKENS)}",
        client="Birch Editor/1.0",
        tool=tool,
        status=200,
        outcome="answered",
        reason="" if number % _REFUSED else "blocked_by_policy",
        grant="shared" if number % _PERSONAL else "personal",
        duration_ms=round(chance.random() * 500, 3),
        asked_bytes=300,
        request_id=f"{number:032x}",
        pages=(page_id(page),) if number % 2 or page == ONLY_READ else (),
    )


def page_id(number: int) -> str:
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def questions() -> Sequence[Asked]:
    week = _BEGAN + 83 * DAY
    return [
        _found("who changed this page", Question(page=page_id(PAGES // 2), writing=True)),
        _found(
            "who changed a page that a tenth of all calls read, nobody",
            Question(page=page_id(ONLY_READ), writing=True),
        ),
        _found("what did this token do", Question(token="token-7")),  # noqa: S106 - an id
        _found("a person's last week", Question(user_id="user-3", since=week)),
        _found("what did the policy refuse", Question(reason="blocked_by_policy")),
        _found("what was refused for another reason, nothing", Question(reason="shutting_down")),
        _found("who left before the answer, nobody", Question(outcome="client_left")),
        _found("what went by members' own grants", Question(grant="personal", until=week)),
        Asked("which program called with each token", lambda store: store.programs(SPACE, None)),
    ]


def _found(what: str, question: Question) -> Asked:
    return Asked(what, lambda store: store.find(SPACE, question, 500))


async def measure(name: str, database: Database, rows: int) -> Measured:
    store, chance = AuditStore(database, lambda: [b"k" * 32]), random.Random(7)  # noqa: S311
    began = time.perf_counter()
    for first in range(0, rows, _TOGETHER):
        some = [entry(one, rows, chance) for one in range(first, min(first + _TOGETHER, rows))]
        await store.append({SPACE: some})
    filled = time.perf_counter() - began
    answered = [await middle(lambda one=one: one.ask(store)) for one in questions()]
    began = time.perf_counter()
    found = await verify(store, SPACE)
    assert found is not None  # noqa: S101
    assert (found.checked, found.fault) == (rows, None)  # noqa: S101
    return Measured(name, filled, answered, time.perf_counter() - began)


async def middle(ask: Callable[[], Awaitable[object]]) -> float:
    took: list[float] = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Database]:
    database = Database(url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.close()


async def on_both(folder: Path, rows: int) -> Sequence[Measured]:
    async with opened(f"sqlite+aiosqlite:///{folder / 'gateway.sqlite3'}") as database:
        found = [await measure("SQLite", database, rows)]
    with running_postgres(folder) as server:
        async with opened(server.url()) as database:
            found.append(await measure("PostgreSQL", database, rows))
    return found


def main(
    rows: Annotated[int, typer.Option(min=1000, help="Calls of the space.")] = 1_000_000,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(on_both(Path(folder), rows))
    table = Table(title=f"{rows:,} calls in one space", title_justify="left")
    for heading in ("", *(one.database for one in found)):
        table.add_column(heading)
    table.add_row("stored, us each", *(f"{one.filled / rows * 1e6:.0f}" for one in found))
    for number, one in enumerate(questions()):
        table.add_row(f"{one.what}, ms", *(f"{each.answered[number] * 1000:.1f}" for each in found))
    table.add_row("verified, us each", *(f"{one.verified / rows * 1e6:.0f}" for one in found))
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
