"""The sealed secrets of grants in use, and of webhooks, as rows.

They are put in and destroyed together with the event that names them or stops naming them, so
those two are steps of its append; everything else opens a connection of its own.
"""

import functools
from collections.abc import Collection, Mapping, Sequence
from typing import Any, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.kernel.slots import slot_of
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now, seconds_ago
from notion_gateway.storage.rows import insertion, parameters
from notion_gateway.storage.schema.grants import is_access_token, secrets
from notion_gateway.storage.steps import Condition, Step
from notion_gateway.vault.sealed import SealedSecret, SecretContext

_t = secrets.c


def _mine(count: int) -> sa.ColumnElement[bool]:
    """So many of one space's, by id. A list of any length would be put into the statement anew each
    time, which takes longer than to send it.
    """
    ids = [sa.bindparam(f"mine_{number}", type_=sa.Text) for number in range(count)]
    return _t.secret_id.in_(ids) & (_t.space_id == sa.bindparam("of_space", type_=sa.Text))


def _given(secret_ids: Collection[str], space_id: str) -> dict[str, object]:
    return parameters([{"mine": one} for one in secret_ids]) | {"of_space": space_id}


@functools.cache
def _get(count: int) -> sa.Select[Any]:
    return sa.select(secrets).where(_mine(count))


OF_GRANT = sa.select(secrets).where(
    _t.space_id == sa.bindparam("of_space", type_=sa.Text),
    _t.field.in_([sa.literal(one) for one in ("access_token", "refresh_token", "client_secret")]),
)
"""All of one grant's, to be read together with its state; ``by_id`` takes the rows."""


def _put(where: Condition | None, count: int) -> sa.Insert:
    columns = [column.name for column in secrets.c if column is not _t.created_at]
    return insertion(secrets, columns, count, where=where, created_at=database_now())


def _destroy(where: Condition | None, count: int) -> sa.Delete:
    destroyed = sa.delete(secrets).where(_mine(count))
    return destroyed if where is None else destroyed.where(where)


def unrenewed(for_seconds: float) -> sa.Select[Any]:
    """Only living grants have secrets, and every refresh stores a new access token."""
    return sa.select(_t.space_id).where(is_access_token, _t.created_at < seconds_ago(for_seconds))


OF_SLOT = (
    sa.select(_t.space_id)
    .where(is_access_token, _t.slot == sa.bindparam("of_slot", type_=sa.SmallInteger))
    .where(_t.space_id > sa.bindparam("after", type_=sa.Text))
    .order_by(_t.space_id)
    .limit(sa.bindparam("at_most", type_=sa.Integer))
)
WITHOUT_SLOT = (
    sa.select(_t.secret_id, _t.space_id)
    .where(is_access_token, _t.slot.is_(None))
    .limit(sa.bindparam("at_most", type_=sa.Integer))
)
_GIVE_SLOT = (
    sa.update(secrets)
    .where(_t.secret_id == sa.bindparam("of_secret", type_=sa.Text))
    .values(slot=sa.bindparam("given", type_=sa.SmallInteger))
)


@final
class SecretsTable:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def replaced(
        sealed: Sequence[SealedSecret], secret_ids: Collection[str], space_id: str
    ) -> Sequence[Step]:
        """Put ``sealed`` and destroy ``secret_ids``, those of them that are that space's."""
        steps: list[Step] = []
        if secret_ids:
            steps.append(Step(_destroy, _given(secret_ids, space_id), (len(secret_ids),)))
        if sealed:
            given = parameters([_row(one) for one in sealed])
            steps.append(Step(_put, given, (len(sealed),)))
        return steps

    async def scrub(self) -> None:
        """After a transaction that destroyed some: see ``Database.scrub``."""
        await self._database.scrub()

    async def get(self, secret_id: str, space_id: str) -> SealedSecret | None:
        """The row with that id, as long as it belongs to that space."""
        return (await self.get_all([secret_id], space_id)).get(secret_id)

    @staticmethod
    async def get_on(
        connection: AsyncConnection, secret_id: str, space_id: str
    ) -> SealedSecret | None:
        """The same, within a transaction of somebody else's."""
        given = _given([secret_id], space_id)
        row = (await connection.execute(_get(1), given)).one_or_none()
        return None if row is None else _sealed(row)

    async def get_all(
        self, secret_ids: Collection[str], space_id: str
    ) -> Mapping[str, SealedSecret]:
        """Those of them that are there and belong to that space, by id."""
        rows = await self._database.ask(_get(len(secret_ids)), _given(secret_ids, space_id))
        return self.by_id(rows)

    @staticmethod
    def by_id(rows: Sequence[sa.Row[Any]]) -> Mapping[str, SealedSecret]:
        return {row.secret_id: _sealed(row) for row in rows}

    async def unrenewed_grants(self, for_seconds: float) -> Sequence[str]:
        """Ids of grants whose living access token was stored longer ago than that."""
        async with self._database.reading() as connection:
            return (await connection.scalars(unrenewed(for_seconds))).all()

    async def unrenewed_among(self, grant_ids: Sequence[str], for_seconds: float) -> Sequence[str]:
        """As ``unrenewed_grants``, of these."""
        query = unrenewed(for_seconds).where(_t.space_id.in_(grant_ids))
        async with self._database.reading() as connection:
            return (await connection.scalars(query)).all()

    async def grants(self) -> Sequence[str]:
        """Ids of those that live; other secrets belong to none."""
        mine = sa.select(_t.space_id).where(_t.field == "access_token")
        query = mine.distinct().order_by(_t.space_id)
        async with self._database.reading() as connection:
            return (await connection.scalars(query)).all()

    async def grants_of(self, slot: int, after: str, at_most: int) -> Sequence[str]:
        """The next ids of those of a slot, in order; from the first on after an empty one."""
        given = {"of_slot": slot, "after": after, "at_most": at_most}
        return [row.space_id for row in await self._database.ask(OF_SLOT, given)]

    async def give_slots(self, at_most: int) -> int:
        """To so many that have none, since a version stored them that knew no slots; how many."""
        found = await self._database.ask(WITHOUT_SLOT, {"at_most": at_most})
        if found:
            given = [
                {"of_secret": one.secret_id, "given": slot_of(one.space_id)}
                for one in sorted(found, key=lambda one: one.secret_id)
            ]
            async with self._database.writing() as connection:
                await connection.execute(_GIVE_SLOT, given)
        return len(found)

    # --- keys -----------------------------------------------------------------------------

    async def under_others(
        self, key_id: str, *, after: str = "", limit: int = 100
    ) -> Sequence[SealedSecret]:
        """Secrets wrapped by another key than ``key_id``, by id, from ``after`` on."""
        query = (
            sa.select(secrets)
            .where(_t.key_id != key_id, _t.secret_id > after)
            .order_by(_t.secret_id)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [_sealed(row) for row in (await connection.execute(query)).all()]

    async def rewrap(self, old: SealedSecret, new: SealedSecret) -> bool:
        """Puts ``new``'s wrapping where ``old``'s still is; False where it is not any more."""
        unchanged = (_t.secret_id == old.context.secret_id) & (_t.wrapped_key == old.wrapped_key)
        update = (
            sa.update(secrets)
            .where(unchanged)
            .values(key_id=new.key_id, wrapped_key=new.wrapped_key)
            .returning(_t.secret_id)
        )
        async with self._database.writing() as connection:
            return (await connection.execute(update)).one_or_none() is not None

    async def count_by_key(self) -> Mapping[str, int]:
        """How many secrets each key id wraps; a key that wraps nothing is absent."""
        query = sa.select(_t.key_id, sa.func.count()).group_by(_t.key_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {str(key_id): int(count) for key_id, count in rows}

    async def samples(self, each: int) -> Mapping[str, Sequence[SealedSecret]]:
        """By key id, up to so many of the secrets under each.

        One look into the index for each key, however many secrets there are.
        """
        found: dict[str, Sequence[SealedSecret]] = {}
        following, after = sa.func.min(_t.key_id), ""
        async with self._database.reading() as connection:
            while True:
                key_id = await connection.scalar(sa.select(following).where(_t.key_id > after))
                if key_id is None:
                    return found
                query = sa.select(secrets).where(_t.key_id == key_id).limit(each)
                found[key_id] = [_sealed(row) for row in await connection.execute(query)]
                after = key_id


def _sealed(row: sa.Row[Any]) -> SealedSecret:
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
        "slot": slot_of(context.space_id) if context.field == "access_token" else None,
    }
