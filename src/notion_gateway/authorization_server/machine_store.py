"""Programs that owners let into their spaces, in SQL. Of a secret there is a hash only."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.access.rules.gateway_tokens import GatewayToken, ListedToken
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_tables import require_role
from notion_gateway.access.token_store import token_row
from notion_gateway.authorization_server.rules.machines import Machine, MachineAuth
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema.access import gateway_tokens, spaces
from notion_gateway.storage.schema.clients import machine_clients

_m = machine_clients.c
_a = gateway_tokens.c


@final
class MachineStore:
    """Also the source of their tokens (``TokenSource``): they are listed and end with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, machine: Machine, most: int, *, by_anybody: bool = False) -> bool:
        """False where the space has ``most`` already. Whoever makes it owns the space still;
        ``by_anybody``: they need not. Raises SpaceNotAccessible or OwnerRequired.
        """
        good = (
            (_m.space_id == machine.space_id)
            & _m.revoked_at.is_(None)
            & (_m.expires_at > machine.created_at)
        )
        count = sa.select(sa.func.count()).select_from(machine_clients).where(good)
        tools = None if machine.tools is None else sorted(machine.tools)
        row = {**asdict(machine), "tools": tools}
        async with self._database.writing() as connection:
            await _in_turn(connection, machine.space_id)
            if not by_anybody:
                await require_role(connection, machine.space_id, machine.created_by, Role.OWNER)
            if (await connection.scalar(count) or 0) >= most:
                return False
            await connection.execute(sa.insert(machine_clients), row)
        return True

    async def get(self, client_id: str) -> Machine | None:
        query = sa.select(machine_clients).where(_m.client_id == client_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _machine(row)

    async def issue(self, machine: Machine, token: GatewayToken) -> bool:
        """False where it was revoked meanwhile. Its tokens that have expired go."""
        # Its row first: who revokes it waits, and finds the new token.
        living = (_m.client_id == machine.client_id) & _m.revoked_at.is_(None)
        seen = sa.update(machine_clients).where(living).values(last_token_at=token.created_at)
        past = (_a.grant_id == machine.client_id) & (_a.expires_at < token.created_at)
        async with self._database.writing() as connection:
            if (await connection.execute(seen)).rowcount != 1:
                return False
            await connection.execute(sa.delete(gateway_tokens).where(past))
            await connection.execute(sa.insert(gateway_tokens), token_row(token))
        return True

    async def of_space(self, space_id: str, now: datetime) -> Sequence[ListedToken]:
        called_at = (
            sa.select(sa.func.max(_a.last_used_at))
            .where(_a.grant_id == _m.client_id)
            .scalar_subquery()
        )
        used_at = sa.func.coalesce(called_at, _m.last_token_at, type_=_m.last_token_at.type)
        query = (
            sa.select(machine_clients, used_at.label("used_at"))
            .where(_m.space_id == space_id, _m.revoked_at.is_(None), _m.expires_at > now)
            .order_by(_m.created_at, _m.client_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [_machine(row).listed(_time(row.used_at)) for row in rows]

    async def end(self, space_id: str, client_ids: Collection[str], by: str, now: datetime) -> None:
        theirs = (_m.space_id == space_id) & _m.client_id.in_(client_ids) & _m.revoked_at.is_(None)
        ended = (
            sa.update(machine_clients)
            .where(theirs)
            .values(revoked_at=now, revoked_by=by)
            .returning(_m.client_id)
        )
        async with self._database.writing() as connection:
            ids = (await connection.scalars(ended)).all()
            if not ids:
                return
            good = _a.grant_id.in_(ids) & _a.revoked_at.is_(None)
            await connection.execute(
                sa.update(gateway_tokens).where(good).values(revoked_at=now, revoked_by=by)
            )
            await leave_notice(connection, Topic.ACCESS, space_id, 0)

    async def living_among(self, client_ids: Collection[str]) -> Collection[str]:
        living = _m.client_id.in_(client_ids) & _m.revoked_at.is_(None)
        async with self._database.reading() as connection:
            found = await connection.scalars(sa.select(_m.client_id).where(living))
            return frozenset(found.all())


async def _in_turn(connection: AsyncConnection, space_id: str) -> None:
    """One after the other in a space, so that each counts those before it."""
    row = sa.select(spaces.c.space_id).where(spaces.c.space_id == space_id)
    await connection.execute(row.with_for_update(key_share=True))


def ended_machines(before: datetime) -> sa.ColumnElement[bool]:
    """Those that were revoked, or expired, before that."""
    return (_m.revoked_at < before) | (_m.expires_at < before)


def _machine(row: sa.Row[Any]) -> Machine:
    return Machine(
        client_id=row.client_id,
        space_id=row.space_id,
        name=row.name,
        auth=MachineAuth(row.auth),
        created_at=in_utc(row.created_at),
        created_by=row.created_by,
        expires_at=in_utc(row.expires_at),
        read_only=row.read_only,
        tools=None if row.tools is None else frozenset(row.tools),
        secret_sha256=row.secret_sha256,
        jwks=row.jwks,
        jwks_uri=row.jwks_uri,
        revoked_at=_time(row.revoked_at),
    )


def _time(value: datetime | None) -> datetime | None:
    return None if value is None else in_utc(value)
