"""What ``/readyz`` says of a gateway whose database is away, hangs, or has no room left."""

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.kernel.errors import (
    BackgroundInterrupted,
    GatewayError,
    SecretUnreadable,
    SomeSecretsUnreadable,
    StoreUnavailable,
    StoreUnfit,
)
from notion_gateway.operations.readiness import Readiness, Result, result_of, together
from notion_gateway.settings import Settings
from notion_gateway.storage.opening import open_database
from notion_gateway.storage.write_check import WriteCheck
from notion_gateway.wiring import open_gateway
from tests.faults.children import Child, Work, settings_for
from tests.faults.places import new_database, on
from tests.faults.small_disks import WAYS, SmallDisk, Way, small_disk
from tests.faults.test_full_disk import quiet
from tests.support.databases import PostgresServer, running_postgres
from tests.support.gateway import gateway_settings
from tests.support.rig import Rig, a_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until, until_told

_KUBERNETES_GIVES_UP_AFTER_SECONDS = 1.0
_BACK_WITHIN_SECONDS = 5.0


class HandClock:
    def __init__(self) -> None:
        self.skipped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.skipped


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    """What the caches' trust goes by: a minute need not be waited for."""
    clock, made = HandClock(), CacheTrust.__init__
    monkeypatch.setattr(made, "__defaults__", (*(made.__defaults__ or ())[:1], clock))
    return clock


@pytest.fixture
def own_folder() -> Generator[Path]:
    """Not below pytest's own, which is closed to the server's user."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        yield Path(folder)


async def readiness(rig: Rig) -> tuple[int, str, dict[str, str]]:
    answer = await rig.caller.get("/readyz", user=None)
    return answer.status, answer.json["status"], answer.json["checks"]


async def recovers(rig: Rig) -> None:
    """Readiness and calls are well again in time."""

    async def is_well() -> bool:
        call = await rig.caller.call("team")
        return call.status == 200 and (await readiness(rig))[:2] == (200, "ok")

    await until_told(is_well, _BACK_WITHIN_SECONDS)


@pytest.mark.anyio
@pytest.mark.thorough
async def test_a_gateway_is_ready_for_as_long_as_calls_survive_that_postgresql_is_stopped(
    own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock
) -> None:
    with ExitStack() as running:
        server = running.enter_context(running_postgres(own_folder))
        given = on(server.url(await new_database(server)))
        async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), **given) as rig:
            assert (await rig.caller.connect("team")).result["status"] == "success"
            assert (await rig.caller.call("team")).status == 200
            assert (await readiness(rig))[:2] == (200, "ok")

            await asyncio.to_thread(running.close)
            status, said, checks = await readiness(rig)
            assert (status, said) == (200, "degraded")
            assert {name for name, one in checks.items() if one == "degraded"} >= {
                "database",
                "migrations",
            }
            assert (await rig.caller.call("team")).status == 200

            clock.skipped += 61
            refused = await rig.caller.call("team")
            assert (refused.status, refused.reason) == (503, "store_unavailable")
            status, said, checks = await readiness(rig)
            assert (status, said) == (503, "unavailable")
            assert checks["database"] == "failed"

            await asyncio.to_thread(
                running.enter_context, running_postgres(own_folder, server.port)
            )
            await recovers(rig)


def all_of(server: PostgresServer) -> Iterator[int]:
    yield from map(int, Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split())
    yield server.pid


@contextmanager
def hanging(server: PostgresServer) -> Generator[None]:
    """Connections stay, and nobody answers on them."""
    stopped = list(all_of(server))
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.anyio
@pytest.mark.thorough
async def test_a_postgresql_that_hangs_delays_no_probe_and_leaves_the_gateway_ready(
    own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HandClock
) -> None:
    with running_postgres(own_folder) as server:
        given = on(server.url(await new_database(server)))
        async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), **given) as rig:
            assert (await rig.caller.connect("team")).result["status"] == "success"
            assert (await rig.caller.call("team")).status == 200
            with hanging(server):
                for _ in range(3):
                    probe = asyncio.create_task(readiness(rig))
                    await until(probe.done, _KUBERNETES_GIVES_UP_AFTER_SECONDS)
                    status, said, _ = probe.result()
                    assert (status, said) == (200, "degraded")
                    assert (await rig.caller.call("team")).status == 200
                clock.skipped += 61
                assert (await readiness(rig))[0] == 503
            await recovers(rig)


@pytest.mark.anyio
async def test_a_server_that_may_only_be_read_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> None:
    name = await new_database(postgres)
    given = on(postgres.url(name))
    async with a_rig(tmp_path, monkeypatch, mcp=RecordingMcp(), **given) as rig:
        settings = gateway_settings(tmp_path, rig.notion.url, 1, **given)
        standby = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
        async with open_database(settings) as database, database.autocommit() as connection:
            await connection.execute(sa.text(standby))
        async with open_database(settings) as database:
            with pytest.raises(StoreUnavailable, match="has to lead to the primary"):
                await WriteCheck(database)()
        assert (await readiness(rig))[0] == 200


def looking_at_a_full_disk(settings: Settings, disk: SmallDisk) -> Work:
    """What readiness says with room, without, and with room again; and what the log does."""

    async def work() -> str:
        async with open_gateway(settings) as gateway:
            writes: Any = gateway.health.checks["writes"]
            writes._look_again_seconds = 0.0
            said: list[str] = []
            with capture_logs() as logs:
                for change in (lambda: None, disk.fill, lambda: None, disk.free):
                    change()
                    results = await gateway.health.look()
                    others = {one for name, one in results.items() if name != "writes"}
                    said.append(f"{results['writes']} {together(list(results.values()))}")
                    assert others == {Result.OK}
            told = [(one["event"], one.get("detail", "")) for one in logs]
            return json.dumps([*said, *(" ".join(one) for one in told)])

    return work


@pytest.mark.promise("threats:51")
@pytest.mark.parametrize("way", WAYS)
def test_a_full_disk_is_noticed_told_once_and_leaves_calls_their_gateway(
    way: Way, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", way) as disk:
        settings = settings_for("http://127.0.0.1:9", disk.folder)
        said = json.loads(Child(looking_at_a_full_disk(settings, disk)).result())

    assert said[:4] == ["ok ok", "degraded degraded", "degraded degraded", "ok ok"]
    failed, recovered = said[4:]
    assert failed.startswith("ready_but_for")
    assert "free some room" in failed or "look at the disk" in failed
    assert recovered.startswith("check_recovered")


def test_a_check_that_only_reads_does_not_notice_a_full_disk(tmp_path: Path) -> None:
    """So there is one that writes."""
    with small_disk(tmp_path / "disk", "file-size-limit") as disk:
        settings = settings_for("http://127.0.0.1:9", disk.folder)

        async def work() -> str:
            async with open_gateway(settings) as gateway:
                disk.fill()
                try:
                    results = await gateway.health.look()
                finally:
                    disk.free()
                return " ".join(name for name, one in results.items() if one is not Result.OK)

        assert Child(work, quiet).result() == "writes"


@pytest.mark.parametrize(
    ("check", "fault", "with_memory", "without"),
    [
        ("database", None, "ok", "ok"),
        ("database", StoreUnavailable(), "degraded", "failed"),
        ("database", TimeoutError(), "degraded", "failed"),
        ("migrations", StoreUnavailable(), "degraded", "failed"),
        ("migrations", StoreUnfit(), "failed", "failed"),
        ("key", SomeSecretsUnreadable(), "warning", "warning"),
        ("key", SecretUnreadable(), "failed", "failed"),
        ("background", BackgroundInterrupted(), "degraded", "degraded"),
        ("background", GatewayError(), "failed", "failed"),
        ("key", LookupError(), "failed", "failed"),
        ("redis", StoreUnavailable(), "degraded", "degraded"),
        ("writes", StoreUnavailable(), "degraded", "degraded"),
    ],
)
def test_only_what_makes_calls_fail_makes_a_check_fail(
    check: str, fault: Exception | None, with_memory: str, without: str
) -> None:
    assert result_of(check, fault, memory_serves=True) == with_memory
    assert result_of(check, fault, memory_serves=False) == without


def test_one_failed_check_is_unavailable_and_a_warning_is_none() -> None:
    assert together([Result.OK, Result.DEGRADED, Result.FAILED]) is Readiness.UNAVAILABLE
    assert together([Result.OK, Result.DEGRADED, Result.WARNING]) is Readiness.DEGRADED
    assert together([Result.OK, Result.WARNING]) is Readiness.OK
