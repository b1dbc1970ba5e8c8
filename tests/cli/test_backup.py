"""``backup``, ``restore`` and ``restored``: what they refuse, and what they leave."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from notion_gateway.operations.backup import BackupFault, restore
from notion_gateway.operations.restored import Original
from notion_gateway.storage.database import Database
from notion_gateway.storage.restores import Restores
from notion_gateway.storage.schema.grants import secrets
from notion_gateway.vault.keyring import generate_key
from tests.cli.processes import Cli, Ran
from tests.cli.stored import alter, settings_in, store
from tests.support.databases import PostgresServer, new_database

pytestmark = pytest.mark.anyio

GONE = "--original-is-gone"


def commands(folder: Path, **variables: str) -> Cli:
    return Cli(folder, {"GATEWAY_DATA_DIR": str(folder / "data"), **variables})


async def backed_up(folder: Path) -> Path:
    await store(settings_in(folder / "data"))
    file = folder / "backup.sqlite3"
    ran = commands(folder)("backup", str(file))
    assert ran.code == 0, ran.err
    return file


def refused(ran: Ran, code: int, said: str) -> None:
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def beside(file: Path) -> set[str]:
    return {one.name for one in file.parent.glob("backup*")}


def streams(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as database:
        return {row[0] for row in database.execute("SELECT stream FROM events")}


async def test_a_backup_is_one_private_file_without_keys_and_replaces_nothing(
    tmp_path: Path,
) -> None:
    """Also while another process has rows in SQLite's side file only."""
    await store(settings_in(tmp_path / "data"))
    file = tmp_path / "backup.sqlite3"
    with closing(sqlite3.connect(tmp_path / "data" / "gateway.sqlite3")) as writer:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        row = ("late", "Late", "2026-11-29 00:00:00")
        writer.execute("INSERT INTO spaces (space_id, name, created_at) VALUES (?, ?, ?)", row)
        writer.commit()
        ran = commands(tmp_path)("backup", str(file))

    assert ran.code == 0, ran.err
    assert "keys are not in it" in ran.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert beside(file) == {file.name}
    assert streams(file) == {"notion-integration/space"}
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT space_id FROM spaces").fetchall() == [("late",)]
    content = file.read_bytes()
    key = (tmp_path / "data" / "encryption.key").read_text().split()[0].partition(":")[2]
    assert key.encode() not in content

    refused(commands(tmp_path)("backup", str(file)), 1, "is there already")
    assert file.read_bytes() == content


async def test_what_was_there_before_a_restore_is_put_aside(tmp_path: Path) -> None:
    file = await backed_up(tmp_path)
    settings = settings_in(tmp_path / "data")
    await store(settings, space="later")

    ran = commands(tmp_path)("restore", str(file), GONE)

    assert ran.code == 0, ran.err
    assert streams(settings.sqlite_file) == {"notion-integration/space", "database/restores"}
    assert settings.sqlite_file.stat().st_mode & 0o777 == 0o600
    (aside,) = settings.sqlite_file.parent.glob("gateway.sqlite3.before-*")
    assert str(aside) in ran.err
    assert "notion-integration/later" in streams(aside)
    assert not list(settings.sqlite_file.parent.glob("*.part*"))


async def test_a_restore_takes_no_file_that_is_damaged_or_of_something_else(
    tmp_path: Path,
) -> None:
    file = await backed_up(tmp_path)
    database = tmp_path / "data" / "gateway.sqlite3"
    before = database.read_bytes()
    cut = tmp_path / "cut.sqlite3"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE notes (text)")
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 1_000)
    newer = tmp_path / "newer.sqlite3"
    newer.write_bytes(file.read_bytes())
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    settings, cli = settings_in(tmp_path / "data"), commands(tmp_path)
    for one in (cut, other, tmp_path / "none"):
        with pytest.raises(BackupFault):
            await restore(settings, one, Original.GONE)
    refused(cli("restore", str(text), GONE), 1, "cannot be copied")
    refused(cli("restore", str(newer), GONE), 5, "newer version")
    assert database.read_bytes() == before
    assert not list(database.parent.glob("*.part*"))


async def test_whoever_restores_says_what_became_of_the_original(tmp_path: Path) -> None:
    file = await backed_up(tmp_path)
    cli = commands(tmp_path)
    refused(cli("restore", str(file)), 2, "--original-goes-on")
    refused(cli("restored", GONE, "--original-goes-on"), 2, "--original-goes-on")


async def test_a_damaged_database_is_replaced_and_one_in_use_is_not(tmp_path: Path) -> None:
    file = await backed_up(tmp_path)
    database, cli = tmp_path / "data" / "gateway.sqlite3", commands(tmp_path)
    with closing(sqlite3.connect(database)) as in_use:
        in_use.execute("SELECT * FROM events").fetchall()
        refused(cli("restore", str(file), GONE), 3, "stop every gateway")
    database.write_bytes(b"not a database " * 10_000)
    assert cli("restore", str(file), GONE).code == 0
    assert "notion-integration/space" in streams(database)


async def test_on_postgresql_a_restore_by_other_means_is_noted(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.url(await new_database(postgres))
    key = generate_key()
    settings = settings_in(tmp_path, database_url=url, token_encryption_keys=key)
    await store(settings)
    cli = commands(tmp_path, DATABASE_URL=url, TOKEN_ENCRYPTION_KEYS=key)

    refused(cli("backup", str(tmp_path / "file")), 2, "docs/backup.md")
    refused(cli("restore", str(tmp_path / "file"), GONE), 2, "docs/backup.md")
    database = Database(url)
    assert await Restores(database).last() is None
    assert "1 spaces" in cli("restored", GONE).err
    first = await Restores(database).last()
    assert first is not None
    assert "0 spaces" in cli("restored", "--original-goes-on").err
    again = await Restores(database).last()
    assert again is not None
    assert again > first
    await database.close()


async def test_what_was_stored_by_a_clock_that_was_ahead_counts_as_restored_too(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path / "data")
    await store(settings)
    ahead = 4_000_000_000.0
    await alter(settings, sa.update(secrets).values(created_at=ahead))
    database = Database(settings.sqlalchemy_url)
    await Restores(database).note()
    assert await Restores(database).last() == datetime.fromtimestamp(ahead, UTC)
    await database.close()
