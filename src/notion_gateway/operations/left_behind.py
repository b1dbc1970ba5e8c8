"""Rows that nobody comes back for: of leases, invitations, snapshots, and of spaces that were
deleted long ago. Of those the stream that says who belonged stays, and their row, so that an id is
never given to another space, and its people are told what became of it.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Final, final

import sqlalchemy as sa

from notion_gateway.access.issuer_refresh_tokens import IDLE_FOR, of_no_use, opens_nothing
from notion_gateway.access.rules.space import INVITATION_LIFETIME
from notion_gateway.access.rules.space_events import SpaceCreated, SpaceMemberAdded
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import BATCH, Counted, OldRows, RowsPast
from notion_gateway.storage.schema.access import space_invitations, spaces
from notion_gateway.storage.schema.audit import audit_ends, audit_entries
from notion_gateway.storage.schema.events import events, snapshots
from notion_gateway.storage.schema.grants import leases, secrets
from notion_gateway.storage.schema.issuers import issuer_refresh_tokens

LEFT_FOR: Final = timedelta(days=365)
"""So long what a deleted space was stays."""
_RUN_OUT_FOR: Final = timedelta(days=1)
_SPACES_AT_ONCE: Final = 100
_OF_GRANTS: Final = "notion-integration"
_OF_SPACES: Final = ("space-policy", "space-audit", "space-audit-contents")
"""What begins the name of each stream that a space may have beside ``space/``."""
_JOINED: Final = {
    SpaceCreated.model_fields["type"].default: "created_by",
    SpaceMemberAdded.model_fields["type"].default: "user_id",
}


def left_behind(database: Database) -> Sequence[OldRows]:
    after = f"{LEFT_FOR.days} days after its space was deleted"
    return [
        RowsPast(database, leases, "a day after it has run out", _run_out),
        RowsPast(
            database,
            space_invitations,
            f"{INVITATION_LIFETIME.days} days after it was made, when it counts no longer",
            lambda now: space_invitations.c.invited_at <= now - INVITATION_LIFETIME,
        ),
        RowsPast(
            database,
            issuer_refresh_tokens,
            f"{IDLE_FOR.days} days after its issuer was asked last; at once, where its person"
            " belongs nowhere by its word",
            of_no_use,
        ),
        RowsPast(database, secrets, "with its issuer's refresh token", lambda _: opens_nothing()),
        RowsPast(
            database,
            snapshots,
            "once a later version of the gateway has written one that is as new",
            lambda _: _is_outdated(),
            by_page=True,
        ),
        RowsPast(database, audit_ends, f"{after}, and its calls", _ends_nothing),
        StreamsLeft(database, snapshots, f"{after}, and its calls and secrets"),
        StreamsLeft(database, events, f"{after}, and its calls and secrets; who belonged stays"),
    ]


def _run_out(now: datetime) -> sa.ColumnElement[bool]:
    """Not the gateways' own, which say when they had their turn."""
    is_over = leases.c.expires_at < (now - _RUN_OUT_FOR).timestamp()
    return is_over & ~leases.c.space_id.startswith("gateway/")


def _is_outdated() -> sa.ColumnElement[bool]:
    newer = snapshots.alias()
    return sa.exists().where(
        newer.c.stream == snapshots.c.stream,
        newer.c.format > snapshots.c.format,
        newer.c.version >= snapshots.c.version,
    )


def _ends_nothing(now: datetime) -> sa.ColumnElement[bool]:
    gone = sa.exists().where(spaces.c.space_id == audit_ends.c.space_id, _is_long_gone(now))
    return gone & (audit_ends.c.newest == audit_ends.c.kept_after)


def _is_long_gone(now: datetime) -> sa.ColumnElement[bool]:
    return spaces.c.deleted_at < now - LEFT_FOR


@final
class StreamsLeft:
    """Rows of ``of`` that belong to a deleted space's streams: what its connections, its policy and
    its settings were.
    """

    def __init__(self, database: Database, of: sa.Table, rule: str) -> None:
        self._database = database
        self._of = of
        self.rule = rule

    @property
    def table(self) -> str:
        return self._of.name

    async def count(self, now: datetime) -> Counted:
        every = sa.select(sa.func.count()).select_from(self._of)
        async with self._database.reading() as connection:
            rows = (await connection.execute(every)).scalar_one()
        old = 0
        async for names in self._names(now):
            query = sa.select(sa.func.count()).where(self._of.c.stream.in_(names))
            async with self._database.reading() as connection:
                old += (await connection.execute(query)).scalar_one()
        return Counted(old, rows - old)

    async def delete(self, now: datetime) -> AsyncGenerator[int]:
        key = sa.tuple_(*self._of.primary_key.columns)
        async for names in self._names(now):
            yield 0
            some = sa.select(*self._of.primary_key.columns).where(self._of.c.stream.in_(names))
            statement = sa.delete(self._of).where(key.in_(some.limit(BATCH)))
            while True:
                async with self._database.autocommit() as connection:
                    deleted = (await connection.execute(statement)).rowcount
                if not deleted:
                    break
                yield deleted

    async def _names(self, now: datetime) -> AsyncGenerator[Sequence[str]]:
        """Of their streams, some at a time."""
        after = ""
        while found := await self._spaces(now, after):
            names = [f"{kind}/{space_id}" for space_id in found for kind in _OF_SPACES]
            names += [f"{_OF_GRANTS}/{one}" for one in await self._ended_grants(found)]
            for first in range(0, len(names), BATCH):
                yield names[first : first + BATCH]
            after = found[-1]

    async def _spaces(self, now: datetime, after: str) -> Sequence[str]:
        """Without those whose calls are still kept: one of the streams says for how long."""
        entry = sa.exists().where(audit_entries.c.space_id == spaces.c.space_id)
        query = (
            sa.select(spaces.c.space_id)
            .where(spaces.c.space_id > after, _is_long_gone(now), ~entry)
            .order_by(spaces.c.space_id)
            .limit(_SPACES_AT_ONCE)
        )
        async with self._database.reading() as connection:
            return (await connection.scalars(query)).all()

    async def _ended_grants(self, space_ids: Sequence[str]) -> Sequence[str]:
        """Of these spaces and of whoever has belonged to them. Without those that still have
        secrets: Notion has not been told yet.
        """
        own = {f"space/{one}": one for one in space_ids}
        joined = sa.select(events.c.stream, events.c.type, events.c.data)
        joined = joined.where(events.c.stream.in_(own), events.c.type.in_(_JOINED))
        async with self._database.reading() as connection:
            rows = (await connection.execute(joined)).all()
        grants = {
            *space_ids,
            *(member_grant(own[stream], str(data[_JOINED[kind]])) for stream, kind, data in rows),
        }
        held = sa.select(secrets.c.space_id).where(secrets.c.space_id.in_(grants))
        async with self._database.reading() as connection:
            return sorted(grants.difference(await connection.scalars(held)))
