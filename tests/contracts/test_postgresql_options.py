"""Options of a PostgreSQL address: passed on, or refused by name."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from notion_gateway.settings import ConfigurationError, GivenSettings
from notion_gateway.storage.database import Database
from notion_gateway.storage.opening import open_database, reach
from tests.support.databases import PostgresServer

pytestmark = pytest.mark.anyio

TAKEN = [
    "ssl=disable",
    "sslmode=disable",
    "sslmode=prefer",
    "sslmode=disable&connect_timeout=10",
    "connect_timeout=0",
    "command_timeout=7.5",
    "prepared_statement_cache_size=0&statement_cache_size=0",
    "target_session_attrs=any",
    "gsslib=gssapi&krbsrvname=postgres",
]
MISSING = ["channel_binding", "keepalives", "gssencmode", "hostaddr", "load_balance_hosts"]


@pytest.mark.parametrize("options", TAKEN)
async def test_what_the_driver_has_is_passed_on(postgres: PostgresServer, options: str) -> None:
    database = Database(f"{postgres.url()}?{options}")
    await reach(database)
    await database.close()


async def test_what_the_server_has_reaches_it(postgres: PostgresServer) -> None:
    options = "application_name=gw&options=-c%20statement_timeout%3D4321&lock_timeout=99"
    database = Database(f"{postgres.url()}?sslmode=disable&{options}")
    async with database.reading() as connection:
        shown = [
            await connection.scalar(sa.text(f"SHOW {name}"))
            for name in ("application_name", "statement_timeout", "lock_timeout")
        ]
    await database.close()

    assert shown == ["gw", "4321ms", "99ms"]


@pytest.mark.parametrize("name", MISSING)
async def test_what_the_driver_has_not_is_refused_by_name(name: str) -> None:
    url = f"postgresql+asyncpg://u:canary@h/x?sslmode=require&{name}=canary"

    with pytest.raises(ConfigurationError, match=f"option {name}, ") as refused:
        async with open_database(GivenSettings(database_url=url)):
            pass
    assert "canary" not in str(refused.value)
    assert "TLS" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("connect_timeout=soon", "connect_timeout must be a number of seconds"),
        ("connect_timeout=-1", "connect_timeout must be a number of seconds"),
        ("statement_cache_size=100", "statement_cache_size: the gateway chooses it"),
    ],
)
async def test_values_that_cannot_be_right_are_refused_by_name(options: str, said: str) -> None:
    url = make_url(f"postgresql+asyncpg://u:canary@h/x?{options}")

    with pytest.raises(ConfigurationError, match=said):
        Database(url)
