"""Rows that nobody comes back for go, and those that still say something stay."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from notion_gateway.access.rules.space import INVITATION_LIFETIME
from notion_gateway.access.rules.space_commands import AddMember, CreateSpace, DeleteSpace
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.operations.left_behind import left_behind
from notion_gateway.storage import old_rows
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import space_invitations
from notion_gateway.storage.schema.audit import audit_ends
from notion_gateway.storage.schema.events import events, snapshots
from notion_gateway.storage.schema.grants import leases, secrets

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 30, tzinfo=UTC)
LONG_AGO, RECENTLY = NOW - timedelta(days=366), NOW - timedelta(days=364)
DAY = 24 * 3600.0


async def put(database: Database, table: sa.Table, *rows: dict[str, object]) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.insert(table), list(rows))


async def left(database: Database, column: sa.Column[str]) -> set[str]:
    async with database.reading() as connection:
        return {*await connection.scalars(sa.select(column))}


async def deleted(database: Database) -> dict[str, int]:
    """By table; each rule has counted as many before."""
    found: dict[str, int] = {}
    for rows in left_behind(database):
        before = (await rows.count(NOW)).old
        gone = sum([count async for count in rows.delete(NOW)])
        assert gone == before
        if gone:
            found[rows.table] = found.get(rows.table, 0) + gone
    assert not any([(await rows.count(NOW)).old for rows in left_behind(database)])
    return found


def lease(name: str, days_ago: float) -> dict[str, object]:
    return {"space_id": name, "holder": "", "expires_at": NOW.timestamp() - days_ago * DAY}


def snapshot(stream: str, written: int, version: int) -> dict[str, object]:
    return {"stream": stream, "format": written, "version": version, "state": {}, "sha256": ""}


def ends(space_id: str, kept_after: int, newest: int) -> dict[str, object]:
    code = {"kept_after_code": b"", "newest_code": b"", "proof": b""}
    return {"space_id": space_id, "kept_after": kept_after, "newest": newest, **code}


def secret(grant_id: str) -> dict[str, object]:
    names = {"secret_id": grant_id, "space_id": grant_id, "process_id": "", "field": "access_token"}
    sealed = {"schema_version": 1, "key_id": "", "wrapped_key": b"", "ciphertext": b""}
    return {**names, **sealed, "created_at": 1.0}


async def test_leases_and_invitations_go_that_count_no_longer(database: Database) -> None:
    await put(
        database,
        leases,
        lease("gone", 2),
        lease("just", 0.5),
        lease("held", -1),
        lease("gateway/x", 9),
    )
    invited = {"space_id": "birch", "role": "member", "invited_by": "ada"}
    await put(
        database,
        space_invitations,
        {**invited, "user_id": "bob", "invited_at": NOW - INVITATION_LIFETIME},
        {**invited, "user_id": "eve", "invited_at": NOW - INVITATION_LIFETIME + timedelta(days=1)},
    )
    assert await deleted(database) == {"leases": 1, "space_invitations": 1}
    assert await left(database, leases.c.space_id) == {"just", "held", "gateway/x"}
    assert await left(database, space_invitations.c.user_id) == {"eve"}


async def test_a_snapshot_goes_once_a_later_version_has_written_one_that_is_as_new(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_rows, "BATCH", 2)  # so that there are several pages
    await put(database, snapshots, snapshot("a", 1, 64), snapshot("a", 2, 64))
    await put(database, snapshots, snapshot("b", 1, 96), snapshot("b", 2, 64), snapshot("c", 1, 32))
    assert await deleted(database) == {"snapshots": 1}
    async with database.reading() as connection:
        rows = await connection.execute(sa.select(snapshots.c.stream, snapshots.c.format))
        assert {tuple(row) for row in rows} == {("a", 2), ("b", 1), ("b", 2), ("c", 1)}


async def space(database: Database, space_id: str, deleted_at: datetime | None) -> None:
    store = SpaceStore(database)
    orders = [CreateSpace("Team", "ada"), AddMember("bob", Role.MEMBER, "ada")]
    end = DeleteSpace("Team", "ada", keeps_audit=True)
    for order in (*orders, end) if deleted_at else orders:
        known = await store.load(space_id)
        happened = known.decide(order, deleted_at or NOW)
        await store.append(space_id, known.version, happened)
    for name in (
        f"notion-integration/{space_id}",
        f"notion-integration/{member_grant(space_id, 'bob')}",
        f"space-policy/{space_id}",
        f"space-audit/{space_id}",
    ):
        await put(database, events, {"stream": name, "version": 1, "type": "-", "data": {}})
        await put(database, snapshots, snapshot(name, 1, 1))
    await put(database, audit_ends, ends(space_id, 7, 7))


async def test_of_a_space_deleted_long_ago_only_who_belonged_stays(database: Database) -> None:
    """The controls: one that lives, one deleted since, and a grant that Notion was not told of."""
    for space_id, at in (("gone", LONG_AGO), ("late", RECENTLY), ("here", None)):
        await space(database, space_id, at)
    await put(database, secrets, secret(member_grant("gone", "bob")))

    assert await deleted(database) == {"audit_ends": 1, "snapshots": 3, "events": 3}

    there = {one for one in await left(database, events.c.stream) if "gone" in one}
    kept = f"notion-integration/{member_grant('gone', 'bob')}"
    assert there == {"space/gone", kept}
    found = await SpaceStore(database).load("gone")
    assert found.deletion is not None
    assert found.deletion.people == {"ada", "bob"}
    assert await left(database, audit_ends.c.space_id) == {"late", "here"}
