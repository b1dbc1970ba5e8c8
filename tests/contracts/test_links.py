"""What a connection to PostgreSQL is asked, directly or behind a pooler; when it is replaced."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage import postgresql
from notion_gateway.storage.database import Database
from tests.faults.pgbouncer import running_pgbouncer
from tests.support.databases import PostgresServer, new_database, running_postgres
from tests.support.statements import Statements, counting
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

END = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
              " AND datname = current_database()")  # fmt: skip


@pytest.fixture
async def server_url(postgres: PostgresServer) -> str:
    return postgres.url(await new_database(postgres))


@pytest.fixture
async def statements() -> AsyncGenerator[Statements]:
    with counting() as one:
        yield one


@asynccontextmanager
async def closing(database: Database) -> AsyncGenerator[Database]:
    try:
        yield database
    finally:
        await database.close()


async def asked(database: Database, statements: Statements) -> dict[str, int]:
    """For one question and one change."""
    await database.ping()
    statements.clear()
    await database.ping()
    async with database.autocommit() as connection:
        await connection.execute(sa.text("CREATE TABLE IF NOT EXISTS t (n int)"))
    return dict(statements.verbs())


async def test_where_each_connection_has_a_server_process_statements_go_by_themselves(
    server_url: str, statements: Statements
) -> None:
    database = Database(server_url)
    assert await asked(database, statements) == {"SELECT": 1, "CREATE": 1}
    await database.close()


@pytest.mark.promise("threats:45")
async def test_behind_a_pooler_each_is_in_a_transaction_from_the_first_on(
    postgres: PostgresServer, server_url: str, statements: Statements
) -> None:
    name = server_url.rpartition("/")[2]
    with running_pgbouncer(postgres, pool_size=2) as pooler:
        database = Database(pooler.url(name))
        await database.ping()
        sent = statements.verbs()
        assert sent["BEGIN"] == sent["COMMIT"] + sent["ROLLBACK"] > 1
        assert sent["COMMIT"] >= 1
        assert await asked(database, statements) == {
            "BEGIN": 2,
            "SELECT": 2,  # the question, and how long the change's transaction may stand still
            "CREATE": 1,
            "COMMIT": 2,
        }
        async with database.reading() as connection:
            kept = sa.text("SELECT count(*) FROM pg_prepared_statements")
            assert await connection.scalar(kept) == 0
        await database.close()


async def test_connections_that_the_server_has_ended_are_replaced_and_not_handed_out(
    server_url: str,
) -> None:
    database, beside = Database(server_url), Database(server_url)
    try:
        async with database.reading() as one, database.reading() as other:
            held = [(await each.get_raw_connection()).driver_connection for each in (one, other)]
        async with beside.reading() as connection:
            await connection.execute(END)
        await until(lambda: all(each is not None and each.is_closed() for each in held))
        for _ in range(3):
            await database.ping()
    finally:
        await database.close()
        await beside.close()


async def test_one_that_was_idle_for_a_while_is_asked_first_and_one_in_use_is_not(
    server_url: str, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(server_url)
    await database.ping()
    statements.clear()
    await database.ping()
    assert statements.sent == ("SELECT 1",)
    monkeypatch.setattr(postgresql, "_ASK_AFTER_SECONDS", 0.0)
    statements.clear()
    await database.ping()
    assert statements.verbs()["PING"] == 1
    await database.close()


# --- how long a gateway may stand still ------------------------------------------------------

IDLE = "idle_in_transaction_session_timeout"
LIMITS = (IDLE, "tcp_keepalives_idle", "tcp_user_timeout")


async def limits(connection: AsyncConnection, *names: str) -> list[str]:
    asked = [sa.func.current_setting(name) for name in names]
    return list((await connection.execute(sa.select(*asked))).one())


async def set_by_operator(url: str, value: str) -> None:
    async with closing(Database(url)) as database, database.autocommit() as connection:
        name = await connection.scalar(sa.text("SELECT current_database()"))
        await connection.execute(sa.text(f"ALTER DATABASE {name} SET {IDLE} = '{value}'"))


async def test_the_server_ends_transactions_of_a_gateway_that_stands_still(
    server_url: str,
) -> None:
    async with closing(Database(server_url)) as database, database.writing() as connection:
        found = await limits(connection, *LIMITS)
    assert found == ["20s", "10", "20000"]


@pytest.mark.parametrize(
    ("of_role", "in_address", "found"),
    [("3s", "", "3s"), ("1h", "", "20s"), ("3s", f"?options=-c%20{IDLE}%3D1h", "1h")],
)
async def test_the_roles_limit_counts_where_it_is_shorter_and_the_addresss_always(
    of_role: str, in_address: str, found: str, server_url: str
) -> None:
    await set_by_operator(server_url, of_role)
    async with (
        closing(Database(server_url + in_address)) as database,
        database.writing() as connection,
    ):
        asked = await limits(connection, IDLE)
    assert asked == [found]


async def test_behind_a_pooler_each_change_says_how_long_it_may_stand_still_and_nobody_else_does(
    postgres: PostgresServer, server_url: str
) -> None:
    name = server_url.rpartition("/")[2]
    with running_pgbouncer(postgres, pool_size=1) as pooler:
        found: list[str] = []
        async with closing(Database(pooler.url(name))) as database:
            for kind in (database.reading, database.autocommit, database.writing, database.reading):
                async with kind() as connection:
                    found += await limits(connection, IDLE)
    assert found == ["0", "20s", "20s", "0"]


async def test_behind_a_pooler_a_limit_of_the_roles_saves_that_statement(
    postgres: PostgresServer, server_url: str, statements: Statements
) -> None:
    name = server_url.rpartition("/")[2]
    await set_by_operator(server_url, "20s")
    with running_pgbouncer(postgres, pool_size=1) as pooler:
        async with closing(Database(pooler.url(name))) as database:
            assert (await asked(database, statements))["SELECT"] == 1


async def test_a_pooler_whose_server_is_gone_is_said_in_plain_words_by_a_new_connection_too(
    tmp_path: Path,
) -> None:
    with (
        running_postgres(tmp_path) as server,
        running_pgbouncer(server, pool_size=1) as pooler,
    ):
        async with closing(Database(pooler.url())) as before:
            await before.ping()
            server.kill()
            async with closing(Database(pooler.url())) as after:
                for database in (before, after, after):
                    with pytest.raises(StoreUnavailable):
                        await database.ping()


async def test_a_server_that_is_gone_is_said_in_plain_words(postgres: PostgresServer) -> None:
    database = Database(postgres.url("no_such_database"))
    with pytest.raises(StoreUnavailable, match="there is no database of that name"):
        await database.ping()
    await database.close()
