"""``maintenance``: what would go, what went, and that everything else works on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import Event, TokenRefreshed
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import events
from notion_gateway.vault.keyring import generate_key
from notion_gateway.vault.rotation import open_rotation
from tests.cli.processes import Cli
from tests.cli.stored import settings_in, store
from tests.contracts.conftest import opened
from tests.contracts.test_old_renewals import renewal
from tests.support.databases import PostgresServer, new_database

pytestmark = pytest.mark.anyio


async def lived(database: Database, space_id: str) -> Integration:
    """Forty renewals of long ago; the pair in use stays what it was."""
    streams = IntegrationEvents(database)
    state = await streams.state(space_id)
    assert state.tokens is not None
    for number in range(40):
        at = datetime.now(UTC) - timedelta(days=200 - number)
        intent, new = renewal(at)
        assert isinstance(new, TokenRefreshed)
        both: list[Event] = [intent, new.model_copy(update={"tokens": state.tokens})]
        after = state
        for one in both:
            after = after.apply(one)
        await streams.append(space_id, state.version, both, seal=(), state=after)
        state = after
    return state


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_dry_run_says_what_a_run_then_deletes_and_keys_rotate_after_it(
    tmp_path: Path, postgres: PostgresServer, kind: str
) -> None:
    variables = {"GATEWAY_DATA_DIR": str(tmp_path / "data")}
    settings = settings_in(tmp_path / "data")
    if kind == "postgresql":
        url = postgres.url(await new_database(postgres))
        key = generate_key()
        variables |= {"DATABASE_URL": url, "TOKEN_ENCRYPTION_KEYS": key}
        settings = settings_in(tmp_path / "data", database_url=url, token_encryption_keys=key)
    await store(settings)
    async with opened(settings.sqlalchemy_url) as database:
        await maintain_and_rotate(database, settings, Cli(tmp_path, variables))


async def maintain_and_rotate(database: Database, settings: Settings, cli: Cli) -> None:
    known = await lived(database, "space")

    async def state() -> Integration:
        return await IntegrationEvents(database).state("space")

    shown = cli("maintenance", "--dry-run", "--json")
    assert shown.code == 0, shown.err
    # A table has a line for each of its rules.
    renewals, of_deleted = [one for one in json.loads(shown.out) if one["table"] == "events"]
    old, kept = renewals["old"], renewals["kept"]
    assert old > 40
    assert old + kept == known.version
    assert "90 days" in renewals["rule"]
    assert (of_deleted["old"], of_deleted["kept"]) == (0, known.version)
    assert "events" in cli("maintenance", "--dry-run").out

    ran = cli("maintenance", "--json")
    assert (ran.code, json.loads(ran.out)["events"]) == (0, old)
    assert f"events: {old} rows deleted" in ran.err
    assert await state() == known
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(events)) == kept
    assert "Nothing to do" in cli("maintenance").err

    async with open_rotation(settings) as keys:
        assert (await keys.rotate.run()).unreadable == 0
    assert await state() == known


def test_where_there_is_no_database_it_says_so_and_makes_none(tmp_path: Path) -> None:
    ran = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data")})("maintenance")
    assert ran.code == 2
    assert "no database" in ran.err
    assert not (tmp_path / "data").exists()
