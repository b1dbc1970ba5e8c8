"""``python -m bench.event_rows``: what an event of a renewal takes on PostgreSQL's disk.

A real server, and twenty spaces of a thousand renewals each; its own figures for the table and its
index, by the number of rows. A few seconds.
"""

import asyncio
import tempfile
from pathlib import Path

import sqlalchemy as sa

from bench.histories import plant_history
from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.clock import SystemClock
from notion_gateway.storage.database import Database
from notion_gateway.vault.keyring import FixedKeyring, generate_key, parse_keys
from notion_gateway.vault.vault import Vault
from tests.support.databases import new_database, running_postgres

_SPACES = 20
_RENEWALS = 1_000
_SIZES = sa.text("SELECT count(*), pg_table_size('events'), pg_indexes_size('events') FROM events")


async def measure(url: str) -> tuple[int, int, int]:
    """Rows, and bytes of the table and of its index."""
    database = Database(url)
    await database.migrate()
    vault = Vault(FixedKeyring(parse_keys(generate_key())))
    store = IntegrationStore(IntegrationEvents(database), vault, SystemClock())
    for number in range(_SPACES):
        issuer = "https://mcp.notion.com"
        await plant_history(database, store, f"space-{number}", issuer, renewals=_RENEWALS)
    async with database.reading() as connection:
        rows, table, index = (await connection.execute(_SIZES)).one()
    await database.close()
    return rows, table, index


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="gateway-bench-") as name,
        running_postgres(Path(name)) as server,
    ):
        rows, table, index = asyncio.run(measure(server.url(asyncio.run(new_database(server)))))
    print(f"{rows:,} events: {table / rows:.0f} bytes each, and {index / rows:.0f} of the index")


if __name__ == "__main__":
    main()
