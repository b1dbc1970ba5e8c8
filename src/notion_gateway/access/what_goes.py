"""What there is in a space, in figures: for whoever is about to delete it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, final

import sqlalchemy as sa

from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.access.rules.space import Space
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import gateway_tokens
from notion_gateway.storage.schema.audit import audit_entries
from notion_gateway.storage.schema.clients import client_grants, machine_clients
from notion_gateway.storage.schema.conversations import conversations
from notion_gateway.storage.schema.grants import member_grants, secrets
from notion_gateway.storage.schema.notices import webhooks

_ACCESS_TOKEN: Final = "access_token"  # noqa: S105 - the name of a field


@dataclass(frozen=True, slots=True)
class WhatGoes:
    """``is_connected``: the connection that everybody shares lives. ``own_connections``: of members
    who have connected their own Notion. ``machines``: clients and workloads.
    """

    people: int
    invitations: int
    is_connected: bool
    own_connections: int
    tokens: int
    clients: int
    machines: int
    conversations: int
    webhooks: int
    calls: int


@final
@dataclass(frozen=True)
class Figures:
    database: Database

    async def of(self, space: Space, now: datetime) -> WhatGoes:
        """Raises StoreUnavailable."""
        here = space.space_id
        token, client, machine = gateway_tokens.c, client_grants.c, machine_clients.c
        counted = {
            "is_connected": (secrets, secrets.c.field == _ACCESS_TOKEN),
            "own_connections": (member_grants, sa.true()),
            "tokens": (
                gateway_tokens,
                (token.kind == TokenKind.PERSONAL)
                & token.revoked_at.is_(None)
                & (token.expires_at > now),
            ),
            "clients": (
                client_grants,
                client.code_used_at.is_not(None)
                & client.revoked_at.is_(None)
                & (client.expires_at > now),
            ),
            "machines": (
                machine_clients,
                machine.revoked_at.is_(None) & (machine.expires_at > now),
            ),
            "conversations": (conversations, sa.true()),
            "webhooks": (webhooks, sa.true()),
            "calls": (audit_entries, sa.true()),
        }
        columns = [
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.c.space_id == here, which)
            .scalar_subquery()
            .label(name)
            for name, (table, which) in counted.items()
        ]
        async with self.database.reading() as connection:
            found = (await connection.execute(sa.select(*columns))).mappings().one()
        workloads = [one for one in space.workloads.values() if one.expires_at > now]
        invited = [one for one in space.invitations.values() if one.is_open(now)]
        return WhatGoes(
            people=len(space.members),
            invitations=len(invited),
            is_connected=found["is_connected"] > 0,
            own_connections=found["own_connections"],
            tokens=found["tokens"],
            clients=found["clients"],
            machines=found["machines"] + len(workloads),
            conversations=found["conversations"],
            webhooks=found["webhooks"],
            calls=found["calls"],
        )
