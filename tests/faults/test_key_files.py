"""Two processes add keys to one key file: none is lost."""

import contextlib
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.vault import keyring
from notion_gateway.vault.keyring import FileKeyring
from tests.cli.processes import Cli, finish
from tests.cli.stored import settings_in, store
from tests.faults.children import Bend, Child, Work
from tests.support.forked import Started

KEYS = 25


def adding(file: Path) -> Work:
    """The ids of so many new keys."""

    async def work() -> str:
        mine = FileKeyring(file)
        return " ".join(mine.add() for _ in range(KEYS))

    return work


def slowly() -> None:
    """The file has been read, and is not replaced yet: everybody has time to come between."""
    written: Any = getattr(keyring, "_draft")  # noqa: B009 - from outside, on purpose

    def draft(path: Path, text: str) -> Path:
        time.sleep(0.005)
        made: Path = written(path, text)
        return made

    setattr(keyring, "_draft", draft)  # noqa: B010 - as above


def without_the_lock() -> None:
    @contextlib.contextmanager
    def nobody_waits(_: Path) -> Generator[None]:
        yield

    setattr(keyring, "_alone_in", nobody_waits)  # noqa: B010 - as above


def lost(folder: Path, *bends: Bend) -> set[str]:
    """Keys that were made and are not in the file."""
    file = folder / "encryption.key"
    FileKeyring.make(file)
    (first,) = FileKeyring(file).current()
    children = [Child(adding(file), slowly, *bends) for _ in range(2)]
    made = {key_id for child in children for key_id in child.result().split()}
    assert len(made) == 2 * KEYS
    assert list(folder.iterdir()) == [file]
    return {first.id, *made} - {key.id for key in FileKeyring(file).current()}


@pytest.mark.promise("threats:49")
def test_of_keys_that_two_processes_add_at_once_none_is_lost(tmp_path: Path) -> None:
    assert lost(tmp_path) == set()


def test_without_the_lock_keys_are_lost(tmp_path: Path) -> None:
    assert lost(tmp_path, without_the_lock)


@pytest.mark.anyio
@pytest.mark.promise("threats:49")
async def test_of_two_rotations_at_once_every_key_and_every_secret_is_left(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    for number in range(20):
        await store(settings, space=f"space-{number}")
    (old,) = FileKeyring(settings.key_file).current()
    cli = Cli(tmp_path, {"GATEWAY_DATA_DIR": str(settings.gateway_data_dir)})
    with cli.started("keys", "rotate") as one, cli.started("keys", "rotate") as other:
        assert_done(one)
        assert_done(other)

    ids = [key.id for key in FileKeyring(settings.key_file).current()]
    assert ids[-1] == old.id
    shown = cli("keys", "list")
    assert shown.code == 0, shown.out
    assert "not here" not in shown.out


def assert_done(process: Started) -> None:
    ran = finish(process)
    assert ran.code == 0, ran.err
