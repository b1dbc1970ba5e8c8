"""Both sides and a caller, joined: what most tests of the running gateway begin with."""

import sqlite3
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from notion_gateway.kernel.clock import SystemClock
from notion_gateway.storage.database_clock import DatabaseClock, database_now
from tests.support.clocks import SharedClock
from tests.support.gateway import Caller, calling, serving_gateway
from tests.support.leases import leases_go_by
from tests.support.notion import Notion, serving_notion
from tests.support.serving import Served
from tests.support.waiting import until

LIFETIME_SECONDS = 3600
DATABASE_THREAD = "_connection_worker_thread"


@dataclass(frozen=True, slots=True)
class Rig:
    clock: SharedClock
    notion: Notion
    gateway: Served
    caller: Caller
    data_dir: Path

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Reads or alters the database file beside the gateway."""
        with sqlite3.connect(self.data_dir / "gateway.sqlite3") as database:
            rows: list[tuple[Any, ...]] = database.execute(query).fetchall()
        database.close()
        return rows

    def let_token_expire(self) -> None:
        """On both sides: the gateway knows it without asking."""
        self.clock.skip(LIFETIME_SECONDS + 1)


def all_go_by(clock: SharedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gateways of this process, what their database says of the time, and leases."""

    def told(_: SystemClock | DatabaseClock) -> float:
        return clock.timestamp()

    monkeypatch.setattr(SystemClock, "timestamp", told)
    monkeypatch.setattr(DatabaseClock, "timestamp", told)
    leases_go_by(lambda: database_now() + clock.skipped_seconds, monkeypatch.setattr)


async def databases_closed() -> None:
    """A query cancelled by a shutdown leaves a thread that still wants to tell this loop."""
    await until(lambda: not any(DATABASE_THREAD in one.name for one in threading.enumerate()))


@asynccontextmanager
async def a_rig(
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    mcp: ASGIApp | None = None,
    notion: Mapping[str, Any] | None = None,
    **gateway: Any,
) -> AsyncGenerator[Rig]:
    """``mcp`` takes the place of Notion's MCP server behind its bearer check; ``notion`` are
    settings of the simulator, everything else settings of the gateway.
    """
    clock = SharedClock()
    all_go_by(clock, monkeypatch)
    simulated: dict[str, Any] = {
        "access_token_lifetime_seconds": LIFETIME_SECONDS,
        **(notion or {}),
    }
    async with (
        serving_notion(clock=clock, mcp=mcp, **simulated) as there,
        serving_gateway(data_dir, there.url, **gateway) as here,
        calling(here.url) as caller,
    ):
        yield Rig(clock, there, here, caller, data_dir)
    await databases_closed()
