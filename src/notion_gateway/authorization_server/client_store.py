"""MCP clients that registered themselves, in SQL."""

from datetime import datetime, timedelta
from typing import final

import sqlalchemy as sa

from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema import oauth_clients

_UNUSED_FOR = timedelta(days=1)
_t = oauth_clients.c


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
        unused = _t.allowed_at.is_(None) & (_t.created_at < now - _UNUSED_FOR)
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(oauth_clients).where(unused))
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
