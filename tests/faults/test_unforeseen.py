"""A fault that nobody foresaw: what has ended by it is at work again without a person."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from notion_gateway.kernel import background
from notion_gateway.operations.health import Health
from notion_gateway.operations.metrics import figures
from notion_gateway.operations.readiness import Result
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.wiring import Features, open_gateway
from tests.faults.children import settings_for
from tests.faults.places import on
from tests.support.databases import PostgresServer, new_database
from tests.support.ports import free_port
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.anyio


async def settings_on_server(folder: Path, postgres: PostgresServer) -> Settings:
    url = postgres.url(await new_database(postgres))
    return settings_for("http://127.0.0.1:9", folder, gateway_metrics_port=free_port(), **on(url))


async def renamed(database: Database, before: str, after: str) -> None:
    async with database.autocommit() as connection:
        await connection.execute(sa.text(f"ALTER TABLE {before} RENAME TO {after}"))


async def background_is(gateway: Features, result: Result) -> bool:
    return (await gateway.health.look())["background"] is result


async def test_a_table_that_is_missing_for_a_while_ends_no_loop_for_good(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_WELL_AFTER_SECONDS", 0.5)
    settings = await settings_on_server(tmp_path, postgres)
    with capture_logs() as logs:
        async with open_gateway(settings) as gateway:
            database = gateway.audit.store.database
            await renamed(database, "changes", "hidden")
            await until_told(lambda: background_is(gateway, Result.DEGRADED))
            assert gateway.health.lives()
            await renamed(database, "hidden", "changes")
            await until_told(lambda: background_is(gateway, Result.OK))

            looked = vars(gateway.access.trust)["_looked"]
            await until(lambda: vars(gateway.access.trust)["_looked"] > looked)
    ended = {one["work"] for one in logs if one["event"] == "background_work_ended"}
    assert ended == {"change feed"}


async def test_grants_that_could_not_be_counted_are_counted_later(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "GRANTS_EVERY_SECONDS", 0.05)
    settings = await settings_on_server(tmp_path, postgres)
    with capture_logs() as logs:
        async with open_gateway(settings) as gateway:
            assert gateway.metrics is not None
            counted = vars(gateway.metrics.figures)["_instruments"].grants_counted

            def at() -> float:
                return counted.collect()[0].samples[0].value

            await until(lambda: at() > 0)
            await renamed(gateway.audit.store.database, "secrets", "hidden")
            await until(lambda: any(one["event"] == "grants_not_counted" for one in logs))
            await renamed(gateway.audit.store.database, "hidden", "secrets")
            before = at()
            await until(lambda: at() > before)


async def test_a_check_that_fails_in_a_way_that_nobody_foresaw_has_failed() -> None:
    async def broken() -> None:
        raise LookupError("of a value that must not be printed")

    health = Health({"key": broken}, memory_serves=lambda: True, lives=lambda: True)
    with capture_logs() as logs:
        assert await health.look() == {"key": Result.FAILED}
    assert [(one["fault"], one["detail"]) for one in logs] == [("LookupError", "unforeseen")]
