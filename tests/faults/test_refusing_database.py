"""A database that answers, and refuses: a redeemed pair is kept until somebody has mended it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from notion_gateway.integration import refresh
from notion_gateway.integration.refresh import Refresher
from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.database import Database
from tests.faults.places import new_database, on
from tests.faults.test_database_loss import STRICT, assert_nothing_was_lost
from tests.support.databases import PostgresServer
from tests.support.gateway import Answer, gateway_settings
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

Act = Callable[[], Awaitable[None]]

Break = tuple[str, str]
"""What is done to a healthy database, and what mends it."""

ON_SQLITE: dict[str, Break] = {
    "StoreUnavailable": (
        "ALTER TABLE secrets RENAME TO elsewhere",
        "ALTER TABLE elsewhere RENAME TO secrets",
    ),
    "HistoryUnreadable": (
        # An event of somebody else's makes the append a conflict, and the history is read again.
        """INSERT INTO events SELECT stream, version + 1, type, json_remove(data, '$.at')
        FROM events WHERE stream = 'notion-integration/team' AND type LIKE '%Started'""",
        "DELETE FROM events WHERE json_extract(data, '$.at') IS NULL",
    ),
    "StoreRefused": (
        "CREATE TRIGGER refusing BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END",
        "DROP TRIGGER refusing",
    ),
}


def faults_told(logs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of which kinds they were, where the line says error and names the space."""
    return [
        line["fault"]
        for line in logs
        if line["event"] == "answer_not_stored"
        and (line["log_level"], line["space_id"]) == ("error", "team")
    ]


async def redeem_while(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, break_it: Act, mend_it: Act
) -> tuple[list[str], Answer]:
    """Breaks the database when a new pair is in memory, and mends it after three attempts to
    store it: the faults that the log told of, and what the caller got in the end.
    """
    keep: Any = getattr(Refresher, "_keep")  # noqa: B009 - from outside, on purpose
    broken = asyncio.Event()

    async def breaking(*arguments: Any) -> Any:
        if not broken.is_set():
            await break_it()
            broken.set()
        return await keep(*arguments)

    monkeypatch.setattr(Refresher, "_keep", breaking)
    assert (await rig.caller.connect("team")).result["status"] == "success"
    rig.let_token_expire()
    with capture_logs() as logs:
        calling = asyncio.create_task(rig.caller.call("team"))
        await until(lambda: len(faults_told(logs)) >= 3 or calling.done())
        assert not calling.done(), "the caller was answered, so the pair was given up"
        await mend_it()
        return faults_told(logs), await calling


@pytest.mark.promise("threats:7")
@pytest.mark.parametrize("fault", ON_SQLITE)
async def test_a_pair_that_sqlite_refuses_is_kept_and_lands_when_the_database_is_mended(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, mended = ON_SQLITE[fault]
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=STRICT) as rig:

        async def break_it() -> None:
            rig.sql(broken)

        async def mend_it() -> None:
            rig.sql(mended)

        told, answer = await redeem_while(rig, monkeypatch, break_it, mend_it)
        assert set(told) == {fault}
        settings = gateway_settings(tmp_path, rig.notion.url, rig.gateway.port)
        await assert_nothing_was_lost(rig, answer, settings)


@pytest.mark.promise("threats:7")
async def test_a_pair_that_postgresql_refuses_is_kept_and_lands_when_the_database_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> None:
    own = on(postgres.url(await new_database(postgres)))
    async with (
        a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=STRICT, **own) as rig,
        beside(own["database_url"]) as database,
    ):

        async def rename(old: str, new: str) -> None:
            async with database.writing() as connection:
                await connection.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))

        told, answer = await redeem_while(
            rig,
            monkeypatch,
            lambda: rename("secrets", "elsewhere"),
            lambda: rename("elsewhere", "secrets"),
        )
        assert set(told) == {"ProgrammingError"}
        settings = gateway_settings(tmp_path, rig.notion.url, rig.gateway.port, **own)
        await assert_nothing_was_lost(rig, answer, settings)


@asynccontextmanager
async def beside(url: str) -> AsyncGenerator[Database]:
    """A way into the database past the gateway, closed whatever happens: uvloop waits without
    end for a connection that nobody closed.
    """
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def test_a_pair_that_is_kept_through_absence_only_is_lost_to_the_first_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: only a database that cannot be reached is tried again."""
    retry: Any = refresh.stamina.retry_context

    def through_absence(**options: Any) -> Any:
        return retry(**{**options, "on": StoreUnavailable})

    monkeypatch.setattr(refresh.stamina, "retry_context", through_absence)
    broken, mended = ON_SQLITE["StoreRefused"]
    keep: Any = getattr(Refresher, "_keep")  # noqa: B009 - from outside, on purpose
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=STRICT) as rig:

        async def breaking(*arguments: Any) -> Any:
            rig.sql(broken)
            return await keep(*arguments)

        monkeypatch.setattr(Refresher, "_keep", breaking)
        assert (await rig.caller.connect("team")).result["status"] == "success"
        rig.let_token_expire()
        first = await rig.caller.call("team")
        rig.sql(mended)
        second = await rig.caller.call("team")
        assert (first.reason, second.reason) == ("internal", "reconnect_required")
