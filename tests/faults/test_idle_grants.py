"""Two gateways on one database find the same idle grant: it is renewed once, and not twice."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from notion_gateway.integration.idle_grants import AT_ONCE, IDLE_SECONDS, IdleGrants
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.wiring import open_gateway
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Bend,
    Child,
    Work,
    connecting,
    later,
    settings_for,
)
from tests.faults.failpoints import disarm_lease, disarm_versions
from tests.faults.places import Kind, settings_on
from tests.faults.planting import IDLE_AGE_SECONDS, make_idle
from tests.support.databases import PostgresServer
from tests.support.waiting import until

GATEWAYS = 2
_LOOK_EVERY_SECONDS = 0.1
_ANSWER_SECONDS = 3.0
"""So long does a renewal take: time for the other gateway to find the grant idle as well."""


def looking_often() -> None:
    IdleGrants.__init__.__defaults__ = (IDLE_SECONDS, _LOOK_EVERY_SECONDS, AT_ONCE)


def keeping_alive(settings: Settings, ready: Path) -> Work:
    """Serves until there was something idle, and there is nothing idle any more."""

    async def work() -> str:
        database = Database(settings.sqlalchemy_url)
        secrets = SecretsTable(database)
        async with open_gateway(settings):
            ready.touch()  # noqa: ASYNC240 - an empty file
            for wanted in (True, False):
                while bool(await secrets.spaces_unrenewed(IDLE_SECONDS)) is not wanted:  # noqa: ASYNC110 - other processes
                    await asyncio.sleep(_LOOK_EVERY_SECONDS)
        await database.close()
        return "kept"

    return work


def renewals(settings: Settings, folder: Path, notion: str, *bends: Bend) -> dict[str, int]:
    """How often Notion was asked for a renewal, by what it said."""
    assert Child(connecting(settings, "space")).result() == "connected"
    slow = {"target": "token", "kind": "delay", "delay_seconds": _ANSWER_SECONDS, "times": None}
    slow["grant_type"] = "refresh_token"
    httpx2.post(f"{notion}/_simulator/faults", json=slow).raise_for_status()
    marks = [folder / f"ready-{number}" for number in range(GATEWAYS)]
    bent = (later(seconds=IDLE_AGE_SECONDS), looking_often, *bends)
    children = [Child(keeping_alive(settings, mark), *bent) for mark in marks]
    asyncio.run(until(lambda: all(mark.exists() for mark in marks), 60))
    asyncio.run(make_idle(settings))
    assert [child.result() for child in children] == ["kept"] * GATEWAYS
    counters = httpx2.get(f"{notion}/_simulator/counters").json()
    outcomes: dict[str, int] = counters["token_requests"]["refresh_token"]
    return outcomes


SIMULATED = SimulatorSettings(
    rotation="strict", auto_consent=True, access_token_lifetime_seconds=LIFETIME_SECONDS
)


@pytest.mark.promise("threats:3", "threats:52")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_idle_grant_that_two_gateways_find_is_renewed_once(
    kind: Kind, tmp_path: Path, postgres: PostgresServer
) -> None:
    with serving(SIMULATED) as notion:
        settings = settings_for(notion.url, tmp_path, **settings_on(kind, postgres))
        assert renewals(settings, tmp_path, notion.url) == {"ok": 1}


def test_without_the_lease_both_of_them_renew_it(tmp_path: Path) -> None:
    """And without the version that an intent is appended to, which is a guard by itself."""
    with serving(SIMULATED) as notion:
        settings = settings_for(notion.url, tmp_path)
        asked = renewals(settings, tmp_path, notion.url, disarm_lease, disarm_versions)
        assert sum(asked.values()) == GATEWAYS
