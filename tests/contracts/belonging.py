"""Who belongs where, for stores that give nobody anything who does not."""

from collections.abc import Sequence

import sqlalchemy as sa

from notion_gateway.access.rules.space_events import Role
from notion_gateway.storage.database import Database
from notion_gateway.storage.schema.access import space_members


async def let_belong(database: Database, *spaces: str, users: Sequence[str] = ("ada",)) -> None:
    """As owners, to each of them."""
    rows = [
        {"space_id": space, "user_id": user, "role": Role.OWNER}
        for space in spaces
        for user in users
    ]
    async with database.writing() as connection:
        await connection.execute(sa.insert(space_members), rows)
