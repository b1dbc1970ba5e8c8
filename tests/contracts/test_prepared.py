"""What goes to PostgreSQL's driver as it is says the same as through SQLAlchemy."""

from collections.abc import AsyncGenerator

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from notion_gateway.kernel.errors import StoreUnavailable
from notion_gateway.storage.database import Database
from tests.support.databases import PostgresServer, new_database
from tests.support.statements import counting

pytestmark = pytest.mark.anyio

TABLE = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("data", sa.JSON),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("at", sa.Double),
    sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now()),
    sa.Column("price", sa.Numeric(10, 2), server_default="1.50"),
)
GIVEN = {"name": "one", "data": {"a": [1, None]}, "sealed": b"\0\xff", "at": 0.1}
PUT = (
    sa.insert(TABLE)
    .values({name: sa.bindparam(name, type_=TABLE.c[name].type) for name in GIVEN})
    .returning(TABLE.c.name)
)
GET = sa.select(TABLE, sa.literal(3).label("three")).where(TABLE.c.name == sa.bindparam("of_name"))


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncGenerator[Database]:
    database = Database(postgres.url(await new_database(postgres)), pool_size=1)
    async with database.writing() as connection:
        await connection.run_sync(TABLE.metadata.create_all)
    yield database
    await database.close()


async def test_rows_are_those_that_sqlalchemy_reads(database: Database) -> None:
    (put,) = await database.ask(PUT, GIVEN)
    assert put.name == "one"
    (found,) = await database.ask(GET, {"of_name": "one"})
    async with database.reading() as connection:
        read = (await connection.execute(GET, {"of_name": "one"})).one()
    assert tuple(found) == tuple(read)
    assert (found.data, found.sealed, found.three) == (GIVEN["data"], GIVEN["sealed"], 3)
    assert [type(one) for one in found] == [type(one) for one in read]


async def test_what_gives_no_rows_is_carried_out(database: Database) -> None:
    await database.ask(PUT, GIVEN)
    assert await database.ask(sa.delete(TABLE)) == ()
    assert await database.ask(GET, {"of_name": "one"}) == ()


async def test_each_is_parsed_once(database: Database) -> None:
    with counting() as statements:
        for _ in range(3):
            await database.ask(GET, {"of_name": "one"})
    assert len(statements.sent) == 3
    kept = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%things%'")
    async with database.reading() as connection:
        assert (await connection.execute(kept)).scalar_one() == 1


async def test_a_table_that_changes_meanwhile_is_read_anew(database: Database) -> None:
    """Another process may migrate it while this one serves."""
    await database.ask(PUT, GIVEN)
    await database.ask(GET, {"of_name": "one"})
    async with database.writing() as connection:
        await connection.execute(sa.text("ALTER TABLE things ALTER at TYPE numeric USING at"))
    (found,) = await database.ask(GET, {"of_name": "one"})
    assert found.at == pytest.approx(0.1)


async def test_faults_are_told_as_sqlalchemy_tells_them(database: Database) -> None:
    await database.ask(PUT, GIVEN)
    with pytest.raises(exc.IntegrityError):
        await database.ask(PUT, GIVEN)
    with pytest.raises(exc.ProgrammingError):
        await database.ask(sa.select(sa.table("nowhere", sa.column("x"))))
    assert len(await database.ask(GET, {"of_name": "one"})) == 1


async def test_no_value_is_quoted_in_a_fault(database: Database) -> None:
    await database.ask(PUT, GIVEN)
    with pytest.raises(exc.IntegrityError) as told:
        await database.ask(PUT, {**GIVEN, "at": 271828.0})
    assert "271828" not in str(told.value)


async def test_a_connection_that_was_cut_is_replaced(database: Database) -> None:
    await database.ask(GET, {"of_name": "one"})
    end = sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid()).label("ended"))
    with pytest.raises(StoreUnavailable):
        await database.ask(end)
    assert await database.ask(GET, {"of_name": "one"}) == ()


async def test_what_is_not_always_written_alike_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="list"):
        await database.ask(sa.select(TABLE.c.name).where(TABLE.c.name.in_(["one", "two"])))
