"""Every start that fails: one sentence that says what to do, and an exit code by kind."""

import json
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from notion_gateway.vault.keyring import generate_key
from tests.cli.processes import Cli, Ran
from tests.support.databases import PostgresServer, new_database
from tests.support.ports import free_port

CALLERS = "GATEWAY_APPLICATIONS"


def assert_told(ran: Ran, code: int, *said: str) -> None:
    assert ran.code == code, ran.err
    for words in said:
        assert words in ran.err
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if "Error:" in line]) == 1, ran.err


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path, {"GATEWAY_DATA_DIR": str(tmp_path / "data")})


@pytest.mark.parametrize("content", [None, "", "{}", "[" * 100_000, "\0"])
def test_an_applications_key_file_that_cannot_be_used(
    cli: Cli, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_text(content)
    given = json.dumps([{"name": "crm", "jwks_file": str(file)}])

    ran = cli("serve", "--port", str(free_port()), **{CALLERS: given})

    assert_told(ran, 2, "GATEWAY_APPLICATIONS: crm: ")


def test_an_address_or_port_that_cannot_be_listened_on(cli: Cli) -> None:
    port = str(free_port())
    assert_told(cli("serve", "--port", port, "--host", "192.0.2.1"), 2, "no address of this")
    assert_told(cli("serve", "--port", port, "--host", "no.such.invalid"), 2, "no address of this")
    assert_told(cli("serve", "--port", port, "--host", ""), 2, "--host is empty")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = str(taken.getsockname()[1])
        for command in ("serve", "start"):
            assert_told(cli(command, "--port", busy), 3, f"Port {busy} on 127.0.0.1 is taken")


def test_a_database_of_a_newer_version_or_of_another_program(cli: Cli, tmp_path: Path) -> None:
    assert cli("spaces", "list").code == 0
    newer, other = tmp_path / "newer", tmp_path / "other"
    shutil.copytree(tmp_path / "data", newer)
    shutil.copytree(tmp_path / "data", other)
    with sqlite3.connect(newer / "gateway.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    (other / "gateway.sqlite3").unlink()
    with sqlite3.connect(other / "gateway.sqlite3") as database:
        database.execute("CREATE TABLE events (x INTEGER)")
    port = str(free_port())
    for command in (("serve", "--port", port), ("start", "--port", port), ("spaces", "list")):
        ran = cli(*command, GATEWAY_DATA_DIR=str(newer))
        assert_told(ran, 5, "newer version", "Nothing was changed")
        ran = cli(*command, GATEWAY_DATA_DIR=str(other))
        assert_told(ran, 5, "tables of another program (events)", "Nothing was changed")


@pytest.mark.anyio
async def test_a_postgresql_that_does_not_let_the_gateway_work(
    cli: Cli, postgres: PostgresServer
) -> None:
    name = await new_database(postgres)
    await execute(postgres, name, f'DROP ROLE IF EXISTS "{name}"')
    await execute(postgres, name, f'CREATE ROLE "{name}" LOGIN')
    url, key = postgres.url(name), generate_key()

    def served(address: str) -> Ran:
        port = str(free_port())
        return cli("serve", "--port", port, DATABASE_URL=address, TOKEN_ENCRYPTION_KEYS=key)

    role = url.replace("postgres@", f"{name}@")
    assert_told(served(role), 3, "GRANT CREATE, USAGE ON SCHEMA public")
    await execute(postgres, name, f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    assert_told(served(role), 3, "GRANT CONNECT")
    assert_told(served(url.replace("postgres@", "nobody@")), 3, "does not let this user in")
    assert_told(served(postgres.url("nowhere")), 3, "no database of that name")
    assert_told(served(f"{url}?nonsense=1"), 3, "option of DATABASE_URL is unknown to the server")
    assert_told(served(f"{url}?sslmode=nonsense"), 3, "an option of DATABASE_URL has a value")
    files = "sslmode=verify-full&sslrootcert=/nowhere.pem"
    assert_told(served(f"{url}?{files}"), 3, "a file that DATABASE_URL names is not there")


async def execute(server: PostgresServer, database: str, statement: str) -> None:
    engine = create_async_engine(server.url(database), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
    await engine.dispose()
