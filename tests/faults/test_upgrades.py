"""A fleet moves from this version to the next one, and back, while callers work."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from notion_gateway.storage.schema import REVISION
from notion_gateway.storage.schema_version import Fit, fit
from notion_gateway.vault.keyring import generate_key
from notion_simulator import SimulatorSettings, serving
from tests.cli.processes import Cli
from tests.faults.next_version import next_version
from tests.faults.places import new_database
from tests.faults.rollout import TOKEN_SECONDS, Fleet, Result, at_work
from tests.faults.skipping_clock import SkippingClock
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.ports import free_port

_NOTION = SimulatorSettings(
    rotation="strict",
    auto_consent=True,
    access_token_lifetime_seconds=TOKEN_SECONDS,
    response_mode="json",
    session_ids=False,
)


@pytest.mark.promise("threats:73")
@pytest.mark.parametrize(
    ("found", "ours", "expected"),
    [
        (None, "0007", Fit.TOO_OLD),
        ("0006", "0007", Fit.TOO_OLD),
        ("0006_serves_0002", "0007_serves_0006", Fit.TOO_OLD),
        ("0007", "0007", Fit.OURS),
        ("0007_serves_0003", "0007_serves_0003", Fit.OURS),
        ("0008_serves_0007", "0007", Fit.NEWER),
        ("0009_serves_0006", "0007_serves_0006", Fit.NEWER),
        ("0008", "0007", Fit.TOO_NEW),
        ("0009_serves_0008", "0007", Fit.TOO_NEW),
        ("3f2a9c", "0007", Fit.TOO_NEW),
        ("0007, 0008", "0007", Fit.TOO_NEW),
        ("0008_serves_", "0007", Fit.TOO_NEW),
        ("", "0007", Fit.TOO_NEW),
    ],
)
def test_what_a_gateway_can_serve(found: str | None, ours: str, expected: Fit) -> None:
    assert fit(found, ours) is expected
    assert expected.can_be_served is (expected in (Fit.OURS, Fit.NEWER))


@asynccontextmanager
async def a_fleet(folder: Path, server: PostgresServer) -> AsyncGenerator[tuple[Fleet, str]]:
    """Two gateways of this version, and their key."""
    url, key = server.url(await new_database(server)), generate_key()
    clock = SkippingClock(folder / "clock")
    with serving(_NOTION, clock=clock) as notion:
        fleet = Fleet(folder, notion.url, url, Result(), clock)
        try:
            for _ in range(2):
                await fleet.start([key])
            yield fleet, key
        finally:
            await fleet.close()


async def migrated(fleet: Fleet, key: str, version: Path) -> dict[str, Any]:
    cli = Cli(
        fleet.folder, fleet.variables([key]) | {"PYTHONPATH": fleet.clock.python_path(version)}
    )
    ran = await asyncio.to_thread(cli, "migrate", "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


async def readiness(fleet: Fleet) -> list[tuple[int, str]]:
    async def asked(http: aiohttp.ClientSession, url: str) -> tuple[int, str]:
        async with http.get(f"{url}/readyz") as answer:
            document: dict[str, Any] = await answer.json()
            return answer.status, document["checks"]["migrations"]

    return [await asked(one.caller.http, one.caller.url) for one in fleet.up]


async def _upgrade(folder: Path, server: PostgresServer) -> Result:
    version = next_version(folder)
    async with a_fleet(folder, server) as (fleet, key), at_work(fleet, callers=8):
        assert (await migrated(fleet, key, version))["from"] == REVISION
        assert await readiness(fleet) == [(200, "ok")] * 2
        await fleet.let_renew()
        for code in (version, None):  # to the next version, and back to this one
            fleet.version = code
            await fleet.restart_all([key])
            assert await readiness(fleet) == [(200, "ok")] * 2
        return fleet.result


@pytest.mark.thorough
@pytest.mark.promise("threats:73")
def test_a_fleet_goes_to_the_next_version_and_back_and_no_call_fails(
    tmp_path: Path, postgres: PostgresServer, figure: Figure
) -> None:
    result = asyncio.run(_upgrade(tmp_path, postgres))
    assert set(result.answers) == {"200"}
    assert result.restarts == 4
    failed = result.answers.total() - result.answers["200"]
    words = "{} restarts, forward and back, {:,} calls meanwhile: {} failed"
    figure(words, result.restarts, result.answers.total(), failed)


async def _upgrade_without_a_way_back(folder: Path, server: PostgresServer) -> None:
    version = next_version(folder, serves_ours=False)
    async with a_fleet(folder, server) as (fleet, key):
        done = await migrated(fleet, key, version)
        assert (done["from"], done["to"]) == (REVISION, "9000")
        assert await readiness(fleet) == [(503, "failed")] * 2

        ours = Cli(folder, fleet.variables([key]) | {"GATEWAY_PORT": str(free_port())})
        for command in (("serve",), ("migrate",)):
            ran = await asyncio.to_thread(ours, *command)
            assert ran.code == 5
            assert "newer version" in ran.err
            assert "Traceback" not in ran.err


@pytest.mark.promise("threats:73")
def test_gateways_say_that_they_cannot_serve_what_a_newer_version_has_made(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    asyncio.run(_upgrade_without_a_way_back(tmp_path, postgres))


def test_a_start_that_is_not_to_migrate_says_who_does(tmp_path: Path) -> None:
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data"), "GATEWAY_MIGRATE": "0"})
    refused = cli("serve", "--port", str(free_port()))
    assert refused.code == 5
    assert "`notion-gateway migrate`" in refused.err

    first = cli("migrate", "--json")
    assert (first.code, json.loads(first.out)) == (
        0,
        {"from": None, "to": REVISION, "migrated": True},
    )
    assert "there were none" in first.err
    again = cli("migrate", "--json")
    assert json.loads(again.out) == {"from": REVISION, "to": REVISION, "migrated": False}
    assert cli("spaces", "list").code == 0
