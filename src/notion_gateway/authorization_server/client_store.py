"""MCP clients that registered themselves, in SQL.

Programs keep a client id for as long as they are installed, and do not ask for another when it
has lapsed: so it lapses late. Anybody can make a row, so the rows that nobody has allowed
anything are counted.
"""

from datetime import datetime, timedelta
from typing import final

import sqlalchemy as sa

from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.clients import client_grants, oauth_clients

UNUSED_FOR = timedelta(days=90)
"""How long a client is known that nobody has allowed anything."""
MAX_UNUSED = 10_000
"""How many of those are known at a time: the newest."""
KEPT_FOR = timedelta(days=365)
"""How long a client is known after the last grant of it has ended."""

_t = oauth_clients.c
_g = client_grants.c


@final
class ClientStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, client: McpClient, now: datetime) -> None:
        row = {
            "client_id": client.client_id,
            "name": client.name,
            "redirect_uris": list(client.redirect_uris),
            "grant_types": list(client.grant_types),
            "auth_method": client.auth_method,
            "secret_sha256": client.secret_sha256,
            "created_at": now,
        }
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(oauth_clients).where(lapsed_clients(now)))
            await connection.execute(sa.insert(oauth_clients), row)

    async def get(self, client_id: str) -> McpClient | None:
        query = sa.select(oauth_clients).where(_t.client_id == client_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return McpClient(
            client_id=row.client_id,
            name=row.name,
            redirect_uris=tuple(row.redirect_uris),
            auth_method=row.auth_method,
            secret_sha256=row.secret_sha256,
            grant_types=tuple(row.grant_types),
        )

    async def allowed(self, client_id: str, now: datetime) -> None:
        mine = _t.client_id == client_id
        async with self._database.writing() as connection:
            await connection.execute(sa.update(oauth_clients).where(mine).values(allowed_at=now))


def lapsed_clients(now: datetime) -> sa.ColumnElement[bool]:
    """Those that nobody has used for long, and the oldest of too many that nobody has allowed."""
    unused = _t.allowed_at.is_(None)
    oldest_kept = (
        sa.select(_t.created_at)
        .where(unused)
        .order_by(_t.created_at.desc())
        .offset(MAX_UNUSED - 1)
        .limit(1)
        .scalar_subquery()
    )
    # The row that is about to be added is one of them.
    too_many = unused & (_t.created_at <= oldest_kept)
    recent = sa.exists().where(_g.client_id == _t.client_id, _g.expires_at > now - KEPT_FOR)
    return sa.or_(
        unused & (_t.created_at < now - UNUSED_FOR),
        too_many,
        (_t.allowed_at < now - KEPT_FOR) & ~recent,
    )
