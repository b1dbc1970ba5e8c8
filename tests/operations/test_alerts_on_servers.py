"""The alerts on what a gateway stands on: connections to PostgreSQL, and a reader of its log."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from notion_gateway.kernel.log_stream import MAX_WAITING_CHARACTERS
from notion_gateway.vault.keyring import generate_key
from tests.faults.places import new_database
from tests.operations.watched import watched
from tests.support.databases import PostgresServer
from tests.support.unread import unread_pipe

pytestmark = [pytest.mark.anyio, pytest.mark.alone, pytest.mark.thorough]

_LONG: Final = "/" + "x" * 7000
_AT_A_TIME: Final = 20


@asynccontextmanager
async def somebody_who_locks(table: str, url: str) -> AsyncGenerator[None]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
            yield
    finally:
        await engine.dispose()


async def test_a_table_that_somebody_has_locked_uses_up_the_connections(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.url(await new_database(postgres))
    on_server = {"DATABASE_URL": url, "TOKEN_ENCRYPTION_KEYS": generate_key()}
    async with watched(tmp_path, settings=on_server) as place:
        assert "DatabaseConnectionsUsedUp" not in await asyncio.to_thread(place.server.firing)
        async with somebody_who_locks("events", url):
            spaces = [f"unknown-{number}" for number in range(_AT_A_TIME)]
            calls = asyncio.create_task(place.calls(*spaces))
            await place.fires("DatabaseConnectionsUsedUp")
        assert len(await calls) == _AT_A_TIME


async def test_lines_that_nobody_reads_are_lost_and_counted(tmp_path: Path) -> None:
    with unread_pipe(tmp_path) as log:
        async with watched(tmp_path, log) as place:
            await place.finds('notion_gateway_log_lines_lost_total{job="notion-gateway"} == 0')

            async def ask() -> None:
                async with place.caller.http.get(place.gateway.url + _LONG) as answer:
                    assert answer.status == 404

            for _ in range(MAX_WAITING_CHARACTERS // len(_LONG) // _AT_A_TIME + 5):
                await asyncio.gather(*(ask() for _ in range(_AT_A_TIME)))
            await place.fires("LogLinesLost")
            assert "GatewayHangs" not in await asyncio.to_thread(place.server.firing)
