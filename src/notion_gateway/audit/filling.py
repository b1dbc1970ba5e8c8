"""Fills in what gateways of before have left empty beside the pages that calls named."""

from collections.abc import AsyncGenerator

import sqlalchemy as sa

from notion_gateway.audit.questions import CHANGING
from notion_gateway.storage.database import Database
from notion_gateway.storage.old_rows import BATCH
from notion_gateway.storage.schema.audit import audit_entries, audit_pages

_e, _p = audit_entries.c, audit_pages.c


async def fill_pages(database: Database) -> AsyncGenerator[int]:
    """Yields after each statement how many rows it has filled in. Those of no entry, which nobody
    of ours has written, stay as they are. Raises StoreUnavailable.
    """
    of_these = sa.and_(_e.space_id == _p.space_id, _e.number == _p.number)
    key = (_p.space_id, _p.page, _p.number)
    unfilled = sa.select(*key).join(audit_entries, of_these).where(_p.writes.is_(None))
    fill = (
        sa.update(audit_pages)
        .values(at=_e.at, writes=CHANGING)
        .where(of_these, sa.tuple_(*key).in_(unfilled.limit(BATCH)))
    )
    while True:
        async with database.autocommit() as connection:
            filled = (await connection.execute(fill)).rowcount
        if not filled:
            return
        yield filled
