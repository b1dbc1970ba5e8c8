"""kill -9 while a process appends to SQLite: what it has acknowledged is there, and sound.

A kill leaves what the kernel has; that a commit also outlives the machine is for
``synchronous=FULL``, which ``tests/contracts/test_database.py`` looks at.
"""

import asyncio
import os
import random
import signal
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from notion_gateway.integration.event_store import IntegrationEvents
from notion_gateway.integration.rules.events import RefreshStarted
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.database import Database
from notion_gateway.vault.keyring import FixedKeyring
from notion_gateway.vault.sealed import SecretContext
from notion_gateway.vault.vault import EncryptionKey, Vault
from tests.faults.places import sqlite_file
from tests.support.figures import Figure

CYCLES = 40
_MOST_APPENDS = 20
_LONGEST_APPEND_SECONDS = 0.01
_SEED = 16


@dataclass
class Ended:
    """What one killed process had said: the last version of its stream that it acknowledged."""

    space_id: str
    acknowledged: int


async def append_for_ever(folder: Path, space_id: str, writing: int, *, too_early: bool) -> None:
    """Each append is a version with a secret of its own, in place of the one before; it is told
    once the store has said that it is done, or ``too_early``.
    """
    vault = Vault(FixedKeyring([EncryptionKey("k1", b"1" * 32)]))
    store = IntegrationEvents(Database(f"sqlite+aiosqlite:///{sqlite_file(folder)}"))
    version = 0
    while True:
        version += 1
        context = SecretContext(f"{space_id}-{version}", space_id, "process", "refresh_token")
        event = RefreshStarted(
            at=datetime.now(UTC), process_id="process", refresh_token_sha256=context.secret_id
        )
        if too_early:
            os.write(writing, b".")
        await store.append(
            space_id,
            version - 1,
            [event],
            seal=[vault.seal(Secret("canary"), context)],
            destroy=[f"{space_id}-{version - 1}"],
        )
        if not too_early:
            os.write(writing, b".")


def killed_while_appending(
    folder: Path, space_id: str, appends: int, lives: float, *, too_early: bool
) -> Ended:
    """A process that appends from its first moment, and is killed so many seconds after it has
    acknowledged so many appends.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _appends(folder, space_id, writing, too_early=too_early)
    os.close(writing)
    acknowledged = 0
    while acknowledged < appends:
        told = os.read(reading, appends - acknowledged)
        assert told, "it has ended"
        acknowledged += len(told)
    signal_after(pid, lives)
    while told := os.read(reading, 4096):
        acknowledged += len(told)
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return Ended(space_id, acknowledged)


def _appends(folder: Path, space_id: str, writing: int, *, too_early: bool) -> NoReturn:
    try:
        asyncio.run(append_for_ever(folder, space_id, writing, too_early=too_early))
    finally:
        os._exit(1)


def signal_after(pid: int, seconds: float) -> None:
    """At any moment of an append."""

    async def wait() -> None:
        await asyncio.sleep(seconds)

    asyncio.run(wait())
    os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def migrated(folder: Path) -> AsyncGenerator[Database]:
    database = Database(f"sqlite+aiosqlite:///{sqlite_file(folder)}")
    await database.migrate()
    yield database
    await database.close()


def cycles(folder: Path, *, too_early: bool = False) -> list[Ended]:
    async def prepare() -> None:
        async with migrated(folder):
            pass

    asyncio.run(prepare())
    moments = random.Random(_SEED)  # noqa: S311 - when to kill
    return [
        killed_while_appending(
            folder,
            f"space-{cycle}",
            moments.randint(1, _MOST_APPENDS),
            moments.uniform(0, _LONGEST_APPEND_SECONDS),
            too_early=too_early,
        )
        for cycle in range(CYCLES)
    ]


def rows(folder: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(sqlite_file(folder))) as database:
        found: list[tuple[Any, ...]] = database.execute(query, values).fetchall()
        return found


def missing(folder: Path, ended: Ended) -> int:
    """How many of the acknowledged versions are not there."""
    query = "SELECT version FROM events WHERE stream = ? ORDER BY version"
    versions = [one for (one,) in rows(folder, query, f"notion-integration/{ended.space_id}")]
    assert versions == list(range(1, len(versions) + 1)), "no gap"
    secrets = rows(folder, "SELECT secret_id FROM secrets WHERE space_id = ?", ended.space_id)
    newest = [(f"{ended.space_id}-{len(versions)}",)] if versions else []
    assert secrets == newest, "an event and its secret are there together or not at all"
    return max(0, ended.acknowledged - len(versions))


@pytest.mark.promise("threats:16")
def test_whatever_was_acknowledged_before_a_kill_is_there_and_the_file_is_sound(
    tmp_path: Path, figure: Figure
) -> None:
    ends = cycles(tmp_path)
    lost = sum(missing(tmp_path, one) for one in ends)
    assert lost == 0
    assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    acknowledged = sum(one.acknowledged for one in ends)
    figure(
        "{} kills, {:,} acknowledged commits before them: {} lost", len(ends), acknowledged, lost
    )


def test_what_is_acknowledged_before_it_is_committed_gets_lost(tmp_path: Path) -> None:
    """The control: the kills do come between."""
    ends = cycles(tmp_path, too_early=True)
    assert sum(missing(tmp_path, one) for one in ends) > 0
