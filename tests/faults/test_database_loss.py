"""The database goes away while a new pair exists in memory only."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.integration import refresh
from notion_gateway.integration.lease import Lease
from notion_gateway.integration.leases import Leases
from notion_gateway.integration.refresh import Refresher
from notion_gateway.settings import Settings
from notion_gateway.storage import sqlite
from notion_gateway.storage.database import Database
from notion_gateway.storage.opening import open_database
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.wiring import open_gateway
from tests.faults.children import SHORT_LEASE, defaults_of, lend
from tests.faults.failpoints import counting_refusals
from tests.faults.places import new_database, on
from tests.faults.wire_cutter import Moment, WireCutter, wire_cutter
from tests.support.databases import PostgresServer
from tests.support.gateway import Answer, gateway_settings
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

Patch = pytest.MonkeyPatch
STRICT = {"rotation": "strict"}


def once_redeemed(monkeypatch: Patch, act: Callable[[], None]) -> None:
    """Does it when the next new pair is in memory, before anything of it is stored."""
    keep: Any = getattr(Refresher, "_keep")  # noqa: B009 - from outside, on purpose
    done = False

    async def acting(*arguments: Any) -> Any:
        nonlocal done
        if not done:
            done = True
            act()
        return await keep(*arguments)

    monkeypatch.setattr(Refresher, "_keep", acting)


def with_a_short_lease(monkeypatch: Patch) -> None:
    for kind, changes in ((Leases, SHORT_LEASE),):
        for name, value in changes.items():
            monkeypatch.setitem(defaults_of(kind), name, value)


@dataclass(frozen=True, slots=True)
class Cuttable:
    """A gateway whose way to PostgreSQL can be cut; ``beside`` leads there past the cut."""

    rig: Rig
    cutter: WireCutter
    beside: Settings


@asynccontextmanager
async def cuttable(
    tmp_path: Path, monkeypatch: Patch, server: PostgresServer
) -> AsyncGenerator[Cuttable]:
    name = await new_database(server)
    async with wire_cutter(server.port) as (cutter, port):
        own = on(PostgresServer(port, server.pid).url(name))
        async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=STRICT, **own) as rig:
            assert (await rig.caller.connect("team")).result["status"] == "success"
            rig.let_token_expire()
            direct = {**own, "database_url": server.url(name)}
            settings = gateway_settings(tmp_path, rig.notion.url, rig.gateway.port, **direct)
            try:
                yield Cuttable(rig, cutter, settings)
            finally:
                cutter.mend()


async def assert_nothing_was_lost(
    rig: Rig, answer: Answer, settings: Settings, *, redeemed: int = 1
) -> None:
    """One pair stored, and stored whole; the grant alive, and renewed once more."""
    assert answer.status == 200
    types = await rig.caller.event_types("team")
    assert types == ["Authorized", "TokenRefreshStarted", "TokenRefreshed"]
    async with open_database(settings) as database, database.reading() as connection:
        fields = (await connection.scalars(sa.select(secrets.c.field))).all()
    assert sorted(fields) == ["access_token", "refresh_token"]
    rig.let_token_expire()
    assert (await rig.caller.call("team")).status == 200
    assert redemptions(rig) == {"ok": redeemed + 1}
    assert rig.notion.grant_states() == ["active"]


def redemptions(rig: Rig) -> dict[str, int]:
    counted: dict[str, int] = rig.notion.simulator.observation()["token_requests"]["refresh_token"]
    return counted


@pytest.mark.promise("threats:7")
@pytest.mark.parametrize("starting_up", [False, True], ids=["cut", "starting-up"])
async def test_a_pair_redeemed_while_postgresql_is_away_lands_when_it_is_back(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer, *, starting_up: bool
) -> None:
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        rig, cutter = one.rig, one.cutter
        cutter.starting_up = starting_up
        once_redeemed(monkeypatch, cutter.cut)
        calling = asyncio.create_task(rig.caller.call("team"))
        await until(lambda: cutter.refused >= 3 or calling.done())
        assert not calling.done(), "the caller was answered, so the pair was given up"
        cutter.mend()
        await assert_nothing_was_lost(rig, await calling, one.beside)


@pytest.mark.promise("threats:7")
@pytest.mark.parametrize("moment", ["before-commit", "commit-answered"])
async def test_a_pair_whose_commit_was_cut_off_is_stored_once_whether_it_had_landed_or_not(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer, moment: Moment
) -> None:
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        rig, cutter = one.rig, one.cutter
        once_redeemed(monkeypatch, lambda: cutter.cut_at_commit(moment))
        calling = asyncio.create_task(rig.caller.call("team"))
        await until(lambda: cutter.refused >= 1)
        cutter.mend()
        await assert_nothing_was_lost(rig, await calling, one.beside)


@pytest.mark.promise("threats:7")
async def test_a_pair_redeemed_while_sqlite_is_locked_by_another_lands_when_it_is_free(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_TIMEOUT_MS", 50)
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), notion=STRICT) as rig:
        settings = gateway_settings(tmp_path, rig.notion.url, rig.gateway.port)
        assert (await rig.caller.connect("team")).result["status"] == "success"
        rig.let_token_expire()
        with closing(sqlite3.connect(settings.sqlite_file, isolation_level=None)) as other:
            once_redeemed(monkeypatch, lambda: other.execute("BEGIN EXCLUSIVE") and None)
            monkeypatch.setattr(Database, "writing", Database.writing)  # to be restored
            refused = counting_refusals()
            calling = asyncio.create_task(rig.caller.call("team"))
            await until(lambda: len(refused) >= 3 or calling.done())
            assert not calling.done(), "the caller was answered, so the pair was given up"
            other.execute("ROLLBACK")
        await assert_nothing_was_lost(rig, await calling, settings)


@pytest.mark.promise("threats:7")
async def test_a_pair_held_by_a_replica_that_was_cut_off_gives_way_to_its_successors(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer
) -> None:
    with_a_short_lease(monkeypatch)
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        rig, cutter = one.rig, one.cutter
        rig.notion.change(rotation="lenient")
        once_redeemed(monkeypatch, cutter.cut)
        calling = asyncio.create_task(rig.caller.call("team"))
        await until(lambda: cutter.refused >= 1)
        async with open_gateway(one.beside) as successor:
            assert await lend(one.beside, successor, "team") == "token"
            cutter.mend()
            await assert_nothing_was_lost(rig, await calling, one.beside, redeemed=2)


def cut_once_confirmed(monkeypatch: Patch, cutter: WireCutter) -> asyncio.Event:
    """The holder has been told that the lease is its own, and hears no more; set when cut."""
    confirm: Any = Lease.confirm
    happened = asyncio.Event()

    async def confirmed(lease: Lease) -> bool:
        held: bool = await confirm(lease)
        if not happened.is_set():
            cutter.cut()
            happened.set()
        return held

    monkeypatch.setattr(Lease, "confirm", confirmed)
    return happened


async def slow_answer(rig: Rig, seconds: float) -> None:
    fault = {"target": "token", "grant_type": "refresh_token", "kind": "delay_after"}
    order = json.dumps({**fault, "delay_seconds": seconds})
    url, headers = f"{rig.notion.url}/_simulator/faults", {"content-type": "application/json"}
    ordered = await rig.caller.send("POST", url, user=None, headers=headers, data=order)
    assert ordered.status == 201, ordered.body


@pytest.mark.promise("threats:4")
async def test_a_holder_cut_off_while_its_request_is_under_way_keeps_its_lease_until_the_end(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer
) -> None:
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        rig, cutter = one.rig, one.cutter
        await slow_answer(rig, 3.0)
        cut = cut_once_confirmed(monkeypatch, cutter)
        once_redeemed(monkeypatch, cutter.mend)
        calling = asyncio.create_task(rig.caller.call("team"))
        await asyncio.wait_for(cut.wait(), PATIENCE_SECONDS)
        async with open_gateway(one.beside) as successor:
            assert await lend(one.beside, successor, "team") == "token"
        await assert_nothing_was_lost(rig, await calling, one.beside)


async def test_with_a_lease_that_its_request_outlasts_the_same_cut_loses_the_connection(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer
) -> None:
    made: Any = Leases.__init__

    def too_short(keeper: Leases, *arguments: Any, **options: Any) -> None:
        made(keeper, *arguments, **options)
        keeper._lease_seconds = 0.5  # pyright: ignore[reportPrivateUsage]
        keeper._under_way_seconds = 0.5  # pyright: ignore[reportPrivateUsage]

    monkeypatch.setattr(Leases, "__init__", too_short)
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        rig, cutter = one.rig, one.cutter
        await slow_answer(rig, 5.0)
        cut = cut_once_confirmed(monkeypatch, cutter)
        once_redeemed(monkeypatch, cutter.mend)
        calling = asyncio.create_task(rig.caller.call("team"))
        await asyncio.wait_for(cut.wait(), PATIENCE_SECONDS)
        async with open_gateway(one.beside) as successor:
            assert await lend(one.beside, successor, "team") == "reconnect_required"
        assert (await calling).reason == "reconnect_required"
        assert redemptions(rig)["ok"] == 1
        assert rig.notion.grant_states() == ["revoked"]


async def test_a_pair_whose_append_is_not_retried_is_lost_with_the_connection(
    tmp_path: Path, monkeypatch: Patch, postgres: PostgresServer
) -> None:
    retry: Any = refresh.stamina.retry_context

    def once(**options: Any) -> Any:
        return retry(**{**options, "attempts": 1})

    with_a_short_lease(monkeypatch)
    async with cuttable(tmp_path, monkeypatch, postgres) as one:
        rig, cutter = one.rig, one.cutter
        monkeypatch.setattr(refresh.stamina, "retry_context", once)
        once_redeemed(monkeypatch, cutter.cut)
        first = await rig.caller.call("team")
        cutter.mend()
        second = await rig.caller.call("team")
        assert (first.reason, second.reason) == ("store_unavailable", "reconnect_required")
        assert redemptions(rig) == {"invalid_grant": 1, "ok": 1}
