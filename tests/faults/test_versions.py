"""Two versions of the gateway on one database, each writing what the other does not know."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import (
    EVENT_TYPES,
    RefreshStarted,
    WorkspaceIdentified,
)
from notion_gateway.kernel.events import EventTypes, Record, UnknownEvent
from notion_gateway.settings import Settings
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.events import events
from notion_gateway.storage.schema.grants import secrets
from notion_simulator import SimulatorSettings, serving
from tests.faults.children import (
    LIFETIME_SECONDS,
    Bend,
    Child,
    connecting,
    later,
    lending,
    settings_for,
)
from tests.faults.places import Kind, settings_on
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.folding import fold, history_of

_STRICT = SimulatorSettings(
    rotation="strict",
    auto_consent=True,
    access_token_lifetime_seconds=LIFETIME_SECONDS,
    refresh_revokes_access_tokens=False,
)
_NEWER: tuple[dict[str, Any], ...] = (
    {"type": "NotionIntegrationAudited", "at": "2031-01-01T00:00:00Z", "by": {"whom": ["?"]}},
    {"type": "NotionIntegrationPaused"},
    {
        "type": "NotionIntegrationWorkspaceIdentified",
        "at": "2031-01-01T00:00:00Z",
        "process_id": "another-grants",
        "workspace": {"id": "w", "name": "Acme", "icon": "a field of later"},
        "confidence": 0.9,
    },
)
"""What the next version appends: types that nobody knows yet, and known ones with more fields."""


def known_types() -> dict[str, type[Record]]:
    """The types of event that this process reads, by name."""
    types: dict[str, type[Record]] = getattr(EVENT_TYPES, "_types")  # noqa: B009 - from outside
    return types


def older() -> None:
    """This process is of the version before WorkspaceIdentified, as far as reading goes."""
    del known_types()[str(WorkspaceIdentified.model_fields["type"].default)]


def intolerant() -> None:
    """The negative control: a version that insists on knowing every type."""

    def read(types: EventTypes[Any], record: dict[str, Any]) -> Record:
        known = known_types().get(record["type"], RefreshStarted)
        return known.model_validate(record)

    setattr(EventTypes, "read", read)  # noqa: B010 - as above


async def append_newer(settings: Settings, record: dict[str, Any]) -> None:
    """As a replica of the next version would, between the others' appends."""
    database = Database(settings.sqlalchemy_url)
    stream = "notion-integration/space"
    last = sa.select(sa.func.max(events.c.version)).where(events.c.stream == stream)
    async with database.writing() as connection:
        version = await connection.scalar(last) or 0
        row = {"stream": stream, "version": version + 1, "type": record["type"], "data": record}
        await connection.execute(sa.insert(events), row)
    await database.close()


def work_side_by_side(settings: Settings, rounds: int) -> list[str]:
    """Each round, the token has expired once more, and both versions ask for one at once."""
    ends: list[str] = []
    for number in range(rounds):
        asyncio.run(append_newer(settings, _NEWER[number % len(_NEWER)]))
        expired = later(hours=2 * (number + 1))
        both: Sequence[tuple[Bend, ...]] = ((expired,), (expired, older))
        children = [Child(lending(settings, "space"), *bends) for bends in both]
        ends += [child.result() for child in children]
    return ends


async def stored(settings: Settings) -> tuple[frozenset[str], frozenset[str], list[str]]:
    """Ids of the vault's rows, ids that the history needs, and the types this version skips."""
    database = Database(settings.sqlalchemy_url)
    loaded = await history_of(IntegrationEvents(database), "space")
    async with database.reading() as connection:
        rows = frozenset((await connection.scalars(sa.select(secrets.c.secret_id))).all())
    await database.close()
    skipped = [one.event.type for one in loaded if isinstance(one.event, UnknownEvent)]
    return rows, fold("space", (one.event for one in loaded)).secret_ids(), skipped


@pytest.mark.promise("threats:56")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_versions_refresh_side_by_side_and_skip_what_they_do_not_know(
    kind: Kind, tmp_path: Path, postgres: PostgresServer, figure: Figure
) -> None:
    rounds = 3
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path, **settings_on(kind, postgres))
        assert Child(connecting(settings, "space")).result() == "connected"
        ends = work_side_by_side(settings, rounds)
        seen = notion.simulator.observation()
    assert ends == ["token"] * 2 * rounds
    assert seen["token_requests"]["refresh_token"] == {"ok": rounds}
    assert [grant["state"] for grant in seen["grants"]] == ["active"]
    rows, needed, skipped = asyncio.run(stored(settings))
    assert rows == needed
    assert skipped == ["NotionIntegrationAudited", "NotionIntegrationPaused"]
    lost = len(ends) - ends.count("token")
    words = "{} calls at two versions: {} without a token; {} unknown events skipped"
    figure(words, len(ends), lost, len(skipped))


def test_a_version_that_insists_on_knowing_every_type_serves_nobody(tmp_path: Path) -> None:
    with serving(_STRICT) as notion:
        settings = settings_for(notion.url, tmp_path)
        assert Child(connecting(settings, "space")).result() == "connected"
        asyncio.run(append_newer(settings, _NEWER[0]))
        ended = Child(lending(settings, "space"), later(hours=2), intolerant).result()
    assert ended == "history_unreadable"
