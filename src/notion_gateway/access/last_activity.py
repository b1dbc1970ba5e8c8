"""When each of a space's people last did something in it, from what is kept anyway."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import final

import sqlalchemy as sa

from notion_gateway.storage.database import Database, in_utc
from notion_gateway.storage.schema.access import gateway_tokens, space_members
from notion_gateway.storage.schema.audit import audit_entries
from notion_gateway.storage.schema.conversations import conversations


@final
@dataclass(frozen=True)
class LastActivity:
    database: Database

    async def of_members(self, space_id: str) -> Mapping[str, datetime]:
        """By user id: their last recorded call, use of a token or program of theirs, or message in
        the chat, whichever came last. Nobody of whom none of these is kept.

        Raises StoreUnavailable.
        """
        member = space_members.c
        last = [
            sa.select(sa.func.max(column))
            .where(table.c.space_id == member.space_id, table.c.user_id == member.user_id, which)
            .scalar_subquery()
            for table, column, which in (
                (audit_entries, audit_entries.c.at, sa.true()),
                (conversations, conversations.c.updated_at, sa.true()),
                (gateway_tokens, gateway_tokens.c.last_used_at, ~gateway_tokens.c.is_service),
            )
        ]
        query = sa.select(member.user_id, *last).where(member.space_id == space_id)
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        found = {row[0]: [_moment(one) for one in row[1:] if one is not None] for row in rows}
        return {user_id: max(moments) for user_id, moments in found.items() if moments}


def _moment(value: float | datetime) -> datetime:
    return in_utc(value) if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
