"""Entries of a record, and what is asked of it and done to it in its tests."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from notion_gateway.audit.rules.chain import Ends, Fault
from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.store import AuditStore
from notion_gateway.audit.verify import verify

KEY: Final = b"k" * 32
PAGE: Final = "1f2e3d4c-5b6a-7988-0011-223344556677"
OTHER_PAGE: Final = "0a2e3d4c-5b6a-7988-0011-223344556677"
LAST_PAGE: Final = "ff2e3d4c-5b6a-7988-0011-223344556677"


def entries(number: int, since: float = 0.0) -> Sequence[Entry]:
    return [Entry(at=since + one + 0.125, tool=f"tool-{one}") for one in range(number)]


async def fault_of(store: AuditStore, space_id: str = "birch") -> Fault | None:
    found = await verify(store, space_id)
    assert found is not None
    return found.fault


async def ends_of(store: AuditStore) -> Ends:
    ends = await store.ends("birch")
    assert ends is not None
    return ends


async def emptied(store: AuditStore, which: str = "number > 0") -> None:
    """As a gateway writes the pages of calls that does not know what stands beside them."""
    await sql(store, f"UPDATE audit_pages SET at = NULL, writes = NULL WHERE {which}")  # noqa: S608


async def sql(store: AuditStore, statement: str) -> None:
    async with store.database.writing() as connection:
        assert (await connection.execute(sa.text(statement))).rowcount > 0
