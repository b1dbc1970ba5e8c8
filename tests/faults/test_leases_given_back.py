"""A lease whose holder ends while the database is away: it must not keep others from renewing once
the database is back.
"""

import pytest
import sqlalchemy as sa

from notion_gateway.integration.leases import Leases
from notion_gateway.kernel.background import Detached
from notion_gateway.storage.database import Database
from notion_gateway.storage.database_clock import database_now
from notion_gateway.storage.schema.grants import leases
from tests.faults.wire_cutter import wire_cutter
from tests.support.databases import PostgresServer, new_database

pytestmark = pytest.mark.anyio


async def left_after_an_outage(postgres: PostgresServer, *, gives_back: bool) -> float:
    """For how many seconds the lease still stands."""
    detached = Detached()
    name = await new_database(postgres)
    async with wire_cutter(postgres.port) as (wire, port):
        database = Database(PostgresServer(port, postgres.pid).url(name))
        await database.migrate()
        keeper = Leases(database, detached=detached if gives_back else None)
        async with keeper.hold("space") as lease:
            assert await lease.confirm()
            lease.request_ended()
            wire.cut()
        wire.mend()
        await detached.close()  # waits for another try, if there is one
        async with database.reading() as connection:
            query = sa.select(leases.c.expires_at - database_now())
            left = await connection.scalar(query) or 0.0
        await database.close()
    return left


async def test_it_is_given_back_once_the_database_is_back(postgres: PostgresServer) -> None:
    assert await left_after_an_outage(postgres, gives_back=True) == 0


async def test_without_another_try_it_stands_for_two_minutes(postgres: PostgresServer) -> None:
    """The control."""
    assert await left_after_an_outage(postgres, gives_back=False) > 100
