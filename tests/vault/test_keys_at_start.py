"""Which key a gateway starts with, and when it had better not start."""

from pathlib import Path
from typing import Any

import pytest

from notion_gateway.settings import ConfigurationError, GivenSettings, Settings
from notion_gateway.vault.keyring import generate_key
from notion_gateway.vault.opening import open_keyring, prepare


def settings(folder: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {"gateway_data_dir": folder / "data", **changes}
    return GivenSettings(**values)


@pytest.mark.anyio
async def test_the_embedded_default_makes_its_own_key_in_a_private_folder(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    prepare(mine)
    assert mine.gateway_data_dir.stat().st_mode & 0o777 == 0o700
    assert mine.key_file.stat().st_mode & 0o777 == 0o600
    assert mine.sqlite_file.stat().st_mode & 0o777 == 0o600
    first = (await open_keyring(mine)).current()
    prepare(mine)
    assert (await open_keyring(mine)).current() == first


def test_a_lost_key_is_not_replaced_beside_what_it_sealed(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    prepare(mine)
    mine.key_file.unlink()
    mine.sqlite_file.write_bytes(b"SQLite format 3\0")
    with pytest.raises(ConfigurationError, match="restore the key"):
        prepare(mine)
    assert not mine.key_file.exists()


def test_nor_beside_a_database_that_lies_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sqlite3"
    elsewhere.write_bytes(b"SQLite format 3\0")
    mine = settings(tmp_path, database_url=f"sqlite+aiosqlite:///{elsewhere}")
    with pytest.raises(ConfigurationError, match="restore the key"):
        prepare(mine)


def test_a_database_server_without_a_key_is_refused(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://notion@db.example/gateway"
    with pytest.raises(ConfigurationError, match="TOKEN_ENCRYPTION_KEYS"):
        prepare(settings(tmp_path, database_url=url))
    prepare(settings(tmp_path, database_url=url, token_encryption_keys=generate_key()))
    assert not (tmp_path / "data").exists()


@pytest.mark.anyio
async def test_keys_of_the_environment_come_before_the_file(tmp_path: Path) -> None:
    mine = settings(tmp_path, token_encryption_keys="canary")
    with pytest.raises(ConfigurationError) as refused:
        prepare(mine)
    assert "canary" not in str(refused.value)
    key = generate_key()
    mine = settings(tmp_path, token_encryption_keys=key)
    prepare(mine)
    assert (await open_keyring(mine)).current()[0].id == key.partition(":")[0]
    assert not mine.key_file.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(ConfigurationError, match="GATEWAY_DATA_DIR"):
        prepare(settings(tmp_path))
