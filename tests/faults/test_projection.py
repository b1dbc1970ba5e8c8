"""What is stored beside the events is what the events, folded anew, say is needed."""

import asyncio
import random
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.faults.places import Kind, new_database, sqlite_file
from tests.faults.random_histories import Life, SteppingClock
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.folding import fold, history_of

pytestmark = pytest.mark.anyio

STEPS = 120
SPACES = 4


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer
) -> AsyncGenerator[Database]:
    kind: Kind = request.param
    url = f"sqlite+aiosqlite:///{sqlite_file(tmp_path)}"
    if kind == "postgresql":
        url = postgres.url(await new_database(postgres))
    opened = Database(url)
    await opened.migrate()
    yield opened
    await opened.close()


def keeper_on(database: Database) -> IntegrationStore:
    vault = Vault(FixedKeyring([EncryptionKey("k", b"k" * 32)]))
    return IntegrationStore(IntegrationEvents(database), vault, SteppingClock())


async def rebuilt(database: Database, space_id: str) -> Integration:
    """From the events alone, by somebody who has seen nothing of how they came about."""
    history = await history_of(IntegrationEvents(database), space_id)
    return fold(space_id, (one.event for one in history))


async def assert_the_same(database: Database, known: Integration) -> None:
    """``known`` is what the last command left behind."""
    anew = await rebuilt(database, known.grant_id)
    assert anew == known
    assert await keeper_on(database).load(known.grant_id) == known
    mine = sa.select(secrets.c.secret_id).where(secrets.c.space_id == known.grant_id)
    async with database.reading() as connection:
        stored = frozenset((await connection.scalars(mine)).all())
    assert stored == anew.secret_ids()
    if anew.tokens is not None:
        await assert_open(database, anew)


async def assert_open(database: Database, state: Integration) -> None:
    keeper = keeper_on(database)
    assert state.tokens is not None
    _, secrets = await keeper.client_and(state, "access_token", "refresh_token")
    assert secrets["refresh_token"].fingerprint() == state.tokens.refresh_token_sha256


@pytest.mark.promise("threats:57")
@pytest.mark.parametrize("seed", range(3))
async def test_after_every_step_of_a_random_history_a_rebuild_finds_what_is_stored(
    database: Database, seed: int, figure: Figure
) -> None:
    life = Life("space", keeper_on(database), random.Random(seed))  # noqa: S311
    happened = 0
    for _ in range(STEPS):
        outcome = await life.step()
        happened += outcome.happened
        await assert_the_same(database, outcome.after)
    assert happened > STEPS / 5
    figure("{} random steps, {} of them changes: each rebuilt the same", STEPS, happened)


@pytest.mark.promise("threats:57")
async def test_after_random_histories_at_once_a_rebuild_finds_what_is_stored(
    database: Database,
) -> None:
    async def live(space_id: str, seed: int) -> None:
        life = Life(space_id, keeper_on(database), random.Random(seed))  # noqa: S311
        for _ in range(STEPS // 4):
            await life.step()

    spaces = [f"space-{number}" for number in range(SPACES)]
    pairs = [(space, seed) for space in spaces for seed in range(3)]
    await asyncio.gather(*(live(space, seed) for space, seed in pairs))
    for space in spaces:
        await assert_the_same(database, await rebuilt(database, space))


async def test_a_store_that_destroys_nothing_drifts_from_its_history(
    database: Database, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    append = IntegrationEvents.append

    async def hoarding(self: IntegrationEvents, *arguments: Any, **options: Any) -> None:
        await append(self, *arguments, **{**options, "destroy": ()})

    monkeypatch.setattr(IntegrationEvents, "append", hoarding)
    with pytest.raises(AssertionError):
        await test_after_every_step_of_a_random_history_a_rebuild_finds_what_is_stored(
            database, 0, figure
        )
