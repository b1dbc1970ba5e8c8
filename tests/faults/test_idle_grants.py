"""Two gateways on one database find the same idle grant: it is renewed once, and not twice."""

import asyncio
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx2
import pytest

from notion_gateway.integration.idle_grants import AT_ONCE, IDLE_SECONDS, IdleGrants
from notion_gateway.integration.refresh import Refresher
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
from tests.faults.failpoints import disarm_lease, disarm_versions, replace
from tests.faults.places import Kind, settings_on
from tests.faults.planting import IDLE_AGE_SECONDS, make_idle
from tests.support.databases import PostgresServer
from tests.support.waiting import PATIENCE_SECONDS, until, until_told

GATEWAYS = 2
_LOOK_EVERY_SECONDS = 0.1


def looking_often() -> None:
    IdleGrants.__init__.__defaults__ = (IDLE_SECONDS, _LOOK_EVERY_SECONDS, AT_ONCE)


def meeting_before(owner: type, name: str) -> Bend:
    """The first call of that method waits until every gateway has come to it."""
    everybody = get_context("fork").Barrier(GATEWAYS)

    def change(method: Any) -> Any:
        has_met = False

        async def met(*given: Any) -> Any:
            nonlocal has_met
            if not has_met:
                has_met = True
                await asyncio.to_thread(everybody.wait, PATIENCE_SECONDS)
            return await method(*given)

        return met

    return lambda: replace(owner, name, change)


def keeping_alive(settings: Settings, is_over: Path) -> Work:
    """Serves until ``is_over`` is there."""

    async def work() -> str:
        async with open_gateway(settings):
            await until(is_over.exists, 2 * PATIENCE_SECONDS)
        return "kept"

    return work


async def until_nothing_is_idle(settings: Settings) -> None:
    database = Database(settings.sqlalchemy_url)

    async def is_fresh() -> bool:
        return not await SecretsTable(database).unrenewed_grants(IDLE_SECONDS)

    await until_told(is_fresh)
    await database.close()


def renewals(settings: Settings, folder: Path, notion: str, *bends: Bend) -> dict[str, int]:
    """How often Notion was asked for a renewal, by what it said. Each gateway finds the grant idle
    before the first of them renews it.
    """
    assert Child(connecting(settings, "space")).result() == "connected"
    asyncio.run(make_idle(settings))
    is_over = folder / "is-over"
    bent = (later(seconds=IDLE_AGE_SECONDS), looking_often, meeting_before(IdleGrants, "_renew"))
    children = [Child(keeping_alive(settings, is_over), *bent, *bends) for _ in range(GATEWAYS)]
    asyncio.run(until_nothing_is_idle(settings))
    is_over.touch()
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
        both = meeting_before(Refresher, "_redeem")
        asked = renewals(settings, tmp_path, notion.url, disarm_lease, disarm_versions, both)
        assert sum(asked.values()) == GATEWAYS
