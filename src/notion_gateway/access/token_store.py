"""Gateway tokens in SQL, by hash. One that has ended stays for a time, as a record."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, final

import sqlalchemy as sa

from notion_gateway.access.rules.gateway_tokens import GatewayToken, ListedToken, TokenKind
from notion_gateway.access.rules.space_events import Role
from notion_gateway.access.space_tables import require_role
from notion_gateway.storage.change_feed import Topic, leave_notice
from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.clients import client_grants

_t = gateway_tokens.c
_WITH_CLIENTS = sa.select(gateway_tokens, client_grants.c.client_id).outerjoin_from(
    gateway_tokens, client_grants, client_grants.c.grant_id == _t.grant_id
)
"""Each with the client that a person allowed, where it comes of that."""


@final
class GatewayTokenStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token: GatewayToken, needed: Role = Role.MEMBER) -> None:
        """Raises SpaceNotAccessible or OwnerRequired where its person is none of these any more."""
        async with self._database.writing() as connection:
            await require_role(connection, token.space_id, token.user_id, needed)
            await connection.execute(sa.insert(gateway_tokens), token_row(token))

    async def by_hash(self, sha256: str) -> GatewayToken | None:
        query = _WITH_CLIENTS.where(_t.sha256 == sha256)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _token(row, row.client_id)

    async def by_hashes(self, hashes: Collection[str]) -> Mapping[str, GatewayToken]:
        """Those that are known, by their SHA-256. Raises StoreUnavailable."""
        query = _WITH_CLIENTS.where(_t.sha256.in_(hashes))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row.sha256: _token(row, row.client_id) for row in rows}

    async def of_space(self, space_id: str, now: datetime) -> Sequence[ListedToken]:
        """Those that people made and that are good, oldest first."""
        query = (
            sa.select(gateway_tokens)
            .where(
                _t.space_id == space_id,
                _t.kind == TokenKind.PERSONAL,
                _t.revoked_at.is_(None),
                _t.expires_at > now,
            )
            .order_by(_t.created_at, _t.token_id)
        )
        async with self._database.reading() as connection:
            return [_token(row).listed() for row in (await connection.execute(query)).all()]

    async def end(self, space_id: str, token_ids: Collection[str], by: str, now: datetime) -> None:
        """Those of the space that are not revoked yet; the others are left as they are."""
        theirs = (_t.space_id == space_id) & _t.token_id.in_(token_ids) & _t.revoked_at.is_(None)
        revoked = sa.update(gateway_tokens).where(theirs).values(revoked_at=now, revoked_by=by)
        async with self._database.writing() as connection:
            await connection.execute(revoked)
            await leave_notice(connection, Topic.ACCESS, space_id, 0)

    async def living_among(self, token_ids: Collection[str]) -> Collection[str]:
        query = sa.select(_t.token_id).where(_t.token_id.in_(token_ids), _t.revoked_at.is_(None))
        async with self._database.reading() as connection:
            return frozenset((await connection.scalars(query)).all())

    async def used(
        self, last_used: Mapping[str, datetime], programs: Mapping[str, str] | None = None
    ) -> None:
        """When tokens were last seen, and with which program, by id."""
        async with self._database.writing() as connection:
            for token_id, at in last_used.items():
                # Several replicas see the same token, and none of them in order.
                newer = (_t.token_id == token_id) & (
                    _t.last_used_at.is_(None) | (_t.last_used_at < at)
                )
                seen: dict[str, object] = {"last_used_at": at}
                if programs is not None and token_id in programs:
                    seen["program"] = programs[token_id]
                await connection.execute(sa.update(gateway_tokens).where(newer).values(seen))

    async def programs(self, space_id: str) -> Mapping[str, str]:
        """Which program called last, by what a token belongs to, or by the token itself."""
        query = (
            sa.select(sa.func.coalesce(_t.grant_id, _t.token_id).label("whose"), _t.program)
            .where(_t.space_id == space_id, _t.program.is_not(None))
            .order_by(_t.last_used_at)
        )
        async with self._database.reading() as connection:
            return {row.whose: row.program for row in (await connection.execute(query)).all()}


def ended_tokens(before: datetime) -> sa.ColumnElement[bool]:
    """Those that were revoked, or expired, before that."""
    return (_t.revoked_at < before) | (_t.expires_at < before)


def token_row(token: GatewayToken) -> dict[str, Any]:
    return {
        "token_id": token.token_id,
        "sha256": token.sha256,
        "kind": token.kind,
        "space_id": token.space_id,
        "user_id": token.user_id,
        "name": token.name,
        "hint": token.hint,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "read_only": token.read_only,
        "tools": None if token.tools is None else sorted(token.tools),
        "can_manage": token.can_manage,
        "grant_id": token.belongs_to,
        "is_service": token.is_service,
    }


def _token(row: sa.Row[Any], client_id: str | None = None) -> GatewayToken:
    return GatewayToken(
        token_id=row.token_id,
        sha256=row.sha256,
        kind=TokenKind(row.kind),
        space_id=row.space_id,
        user_id=row.user_id,
        name=row.name,
        hint=row.hint,
        created_at=in_utc(row.created_at),
        expires_at=in_utc(row.expires_at),
        read_only=row.read_only,
        tools=None if row.tools is None else frozenset(row.tools),
        can_manage=row.can_manage,
        belongs_to=row.grant_id,
        client_id=client_id,
        is_service=row.is_service,
        last_used_at=None if row.last_used_at is None else in_utc(row.last_used_at),
        revoked_at=None if row.revoked_at is None else in_utc(row.revoked_at),
    )
