"""Two workers renew tokens as two gateways do: once for all of them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from notion_gateway.vault.keyring import generate_key
from notion_simulator import SimulatorSettings, serving
from tests.faults.places import new_database
from tests.faults.rollout import Fleet, Result, at_work
from tests.support.databases import PostgresServer

_NOTION = SimulatorSettings(
    rotation="strict",
    auto_consent=True,
    access_token_lifetime_seconds=2,
    response_mode="json",
    session_ids=False,
)


class TwoWorkers(Fleet):
    def variables(self, keys: Sequence[str]) -> dict[str, str]:
        return super().variables(keys) | {"GATEWAY_WORKERS": "2"}


async def _renewing(folder: Path, notion: str, database_url: str) -> Result:
    fleet = TwoWorkers(folder, notion, database_url, Result())
    try:
        key = generate_key()
        await fleet.start([key])
        async with at_work(fleet, callers=16):
            await fleet.let_renew()
            await fleet.let_renew()
        fleet.result.refreshes = await fleet.refreshes()
        return fleet.result
    finally:
        await fleet.close()


def test_no_token_is_used_twice_by_two_workers(tmp_path: Path, postgres: PostgresServer) -> None:
    """Strict: a refresh token that comes twice ends the grant, and calls fail from then on."""
    url = postgres.url(asyncio.run(new_database(postgres)))
    with serving(_NOTION) as notion:
        result = asyncio.run(_renewing(tmp_path, notion.url, url))

    assert set(result.answers) == {"200"}
    assert result.refreshes >= 8
