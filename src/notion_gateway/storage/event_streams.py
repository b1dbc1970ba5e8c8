"""Streams, and the secrets that live and die with them, in one SQL transaction."""

from collections.abc import Collection, Sequence
from typing import Any, final

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from notion_gateway.integration.rules.events import REPLACES_TOKENS, Event, from_record, to_record
from notion_gateway.kernel.errors import HistoryUnreadable, StoreRefused, VersionConflict
from notion_gateway.ports import RecordedEvent, SealedSecret, SecretContext
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.notices import leave_notice
from notion_gateway.storage.schema import events, secrets
from notion_gateway.storage.topics import Topic


@final
class SqlEventStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, space_id: str) -> Sequence[RecordedEvent]:
        query = (
            sa.select(events.c.version, events.c.data)
            .where(events.c.stream == _stream(space_id))
            .order_by(events.c.version)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        try:
            return [RecordedEvent(version, from_record(data)) for version, data in rows]
        except ValidationError:
            raise HistoryUnreadable(
                f"The history of space {space_id} holds a damaged event: restore the database"
                " from a backup."
            ) from None

    async def append(
        self,
        space_id: str,
        expected_version: int,
        events: Sequence[Event],
        *,
        seal: Sequence[SealedSecret] = (),
        destroy: Collection[str] = (),
    ) -> None:
        try:
            await self._append(space_id, expected_version, events, seal, destroy)
        except IntegrityError:
            if await self._version(space_id) != expected_version:
                raise VersionConflict from None
            raise StoreRefused from None  # not a race: trying again would not help
        if destroy:
            await self._database.scrub()

    async def _version(self, space_id: str) -> int:
        last = sa.select(sa.func.max(events.c.version)).where(events.c.stream == _stream(space_id))
        async with self._database.reading() as connection:
            return await connection.scalar(last) or 0

    async def _append(
        self,
        space_id: str,
        expected_version: int,
        new: Sequence[Event],
        seal: Sequence[SealedSecret],
        destroy: Collection[str],
    ) -> None:
        stream = _stream(space_id)
        async with self._database.writing() as connection:
            last = sa.select(sa.func.max(events.c.version)).where(events.c.stream == stream)
            if (await connection.scalar(last) or 0) != expected_version:
                raise VersionConflict
            if new:
                rows = [
                    {
                        "stream": stream,
                        "version": version,
                        "type": event.type,
                        "data": to_record(event),
                    }
                    for version, event in enumerate(new, start=expected_version + 1)
                ]
                await connection.execute(sa.insert(events), rows)
            if any(isinstance(event, REPLACES_TOKENS) for event in new):
                version = expected_version + len(new)
                await leave_notice(connection, Topic.CREDENTIALS, space_id, version)
            if seal:
                rows = [_row(one) for one in seal]
                new_secrets = sa.insert(secrets).values(created_at=database_now())
                await connection.execute(new_secrets, rows)
            if destroy:
                mine = secrets.c.space_id == space_id
                await connection.execute(
                    sa.delete(secrets).where(mine, secrets.c.secret_id.in_(destroy))
                )

    async def sealed(self, secret_id: str, space_id: str) -> SealedSecret | None:
        query = sa.select(secrets).where(
            secrets.c.secret_id == secret_id, secrets.c.space_id == space_id
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else sealed_secret(row)

    async def idle(self, for_seconds: float) -> Sequence[str]:
        # Only living grants have secrets, and every refresh stores a new access token.
        query = sa.select(secrets.c.space_id).where(
            secrets.c.field == "access_token", secrets.c.created_at < database_now() - for_seconds
        )
        async with self._database.reading() as connection:
            return (await connection.scalars(query)).all()

    async def sealed_under_others(
        self, key_id: str, *, after: str = "", limit: int = 100
    ) -> Sequence[SealedSecret]:
        query = (
            sa.select(secrets)
            .where(secrets.c.key_id != key_id, secrets.c.secret_id > after)
            .order_by(secrets.c.secret_id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [sealed_secret(row) for row in (await connection.execute(query)).all()]

    async def rewrap(self, old: SealedSecret, new: SealedSecret) -> bool:
        unchanged = (secrets.c.secret_id == old.context.secret_id) & (
            secrets.c.wrapped_key == old.wrapped_key
        )
        update = (
            sa.update(secrets)
            .where(unchanged)
            .values(key_id=new.key_id, wrapped_key=new.wrapped_key)
            .returning(secrets.c.secret_id)
        )
        async with self._database.writing() as connection:
            return (await connection.execute(update)).one_or_none() is not None


def _stream(space_id: str) -> str:
    return f"notion-integration/{space_id}"


def sealed_secret(row: sa.Row[Any]) -> SealedSecret:
    return SealedSecret(
        context=SecretContext(row.secret_id, row.space_id, row.process_id, row.field),
        schema_version=row.schema_version,
        key_id=row.key_id,
        wrapped_key=row.wrapped_key,
        ciphertext=row.ciphertext,
    )


def _row(sealed: SealedSecret) -> dict[str, object]:
    context = sealed.context
    return {
        "secret_id": context.secret_id,
        "space_id": context.space_id,
        "process_id": context.process_id,
        "field": context.field,
        "schema_version": sealed.schema_version,
        "key_id": sealed.key_id,
        "wrapped_key": sealed.wrapped_key,
        "ciphertext": sealed.ciphertext,
    }
