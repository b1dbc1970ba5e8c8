"""Many callers before a pool that is empty: connections are made a few at a time."""

import asyncio
from typing import Any

import pytest

from notion_gateway.proxy.http1 import pool as pools
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.http1.pool import ConnectionPool, origin
from tests.hostile.raw_upstream import RawUpstream

pytestmark = pytest.mark.anyio

CALLERS = 20


async def most_at_once(monkeypatch: pytest.MonkeyPatch, turns: int) -> int:
    """Of so many callers, all of whom get a connection but for those whose attempt fails."""
    under_way, most = 0, 0
    begin: Any = getattr(ConnectionPool, "_begin")  # noqa: B009 - from outside

    async def counted(self: ConnectionPool, one: Connection, connected: Any) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            for _ in range(20):  # so that whoever may begin does
                await asyncio.sleep(0)
            await begin(self, one, connected)
            if most < turns:
                await asyncio.sleep(0.01)
        finally:
            under_way -= 1

    monkeypatch.setattr(pools, "CONNECTING_AT_ONCE", turns)
    monkeypatch.setattr(ConnectionPool, "_begin", counted)
    server = await asyncio.start_server(RawUpstream(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pool = ConnectionPool(origin(f"http://127.0.0.1:{port}/mcp"), allow_private=True)
    async with asyncio.timeout(9):
        leaving = asyncio.create_task(pool.made())
        asking = [asyncio.create_task(pool.made()) for _ in range(CALLERS)]
        await asyncio.sleep(0)
        leaving.cancel()  # who leaves gives their turn to another one
        made = await asyncio.gather(*asking)
    assert len(set(made)) == CALLERS
    assert under_way == 0
    await pool.close()
    server.close()
    return most


async def test_connections_are_made_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await most_at_once(monkeypatch, 3) == 3


async def test_without_turns_all_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    assert await most_at_once(monkeypatch, 1000) > 3


async def test_who_waits_for_a_turn_is_told_of_the_end_of_the_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "CONNECTING_AT_ONCE", 0)
    pool = ConnectionPool(origin("http://127.0.0.1:9/mcp"), allow_private=True)
    waiting = asyncio.create_task(pool.made())
    await asyncio.sleep(0)
    await pool.close()
    turns: Any = pool
    turns._turns.release()
    with pytest.raises(ConnectionAbortedError):
        await waiting
