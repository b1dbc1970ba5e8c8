"""Where things are stored, as people write it."""

import pwd
import stat
from pathlib import Path

import pytest

from notion_gateway.settings import ConfigurationError, load_settings
from notion_gateway.storage.opening import database_url, open_database
from notion_gateway.vault.keyring import generate_key
from notion_gateway.vault.opening import prepare


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("GATEWAY_DATA_DIR", "DATABASE_URL", "TOKEN_ENCRYPTION_KEYS", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's user, whom no list knows."""

    def unknown(_: object) -> pwd.struct_passwd:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(pwd, "getpwnam", unknown)


def test_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    Path(".env").write_text("GATEWAY_DATA_DIR=~/gw\n")
    assert load_settings().gateway_data_dir == home / "gw"

    monkeypatch.setenv("DATABASE_URL", "sqlite+aiosqlite:///~/gw/other.sqlite3")
    assert database_url(load_settings()).database == str(home / "gw/other.sqlite3")

    monkeypatch.setenv("GATEWAY_APPLICATIONS_FILE", "~/applications.json")
    with pytest.raises(ConfigurationError, match=f"{home}/applications.json cannot be read"):
        load_settings()


def test_a_tilde_that_stands_for_nobody_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_DATA_DIR", "~nobody-of-that-name/gw")

    with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATA_DIR: ~"):
        load_settings()


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["what?", "50%25", "a#b", "a b", "?mode=memory", "ü"])
async def test_any_name_can_be_the_data_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "place" / name
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(folder))
    settings = load_settings()
    prepare(settings)
    async with open_database(settings) as database:
        await database.migrate()

    assert [one.name for one in folder.parent.iterdir()] == [name]
    assert (folder / "gateway.sqlite3").stat().st_size
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


@pytest.mark.usefixtures("homeless")
def test_without_a_home_directory_a_folder_is_asked_for_where_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATA_DIR is needed"):
        load_settings()

    monkeypatch.setenv("TOKEN_ENCRYPTION_KEYS", generate_key())
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATA_DIR is needed"):
        load_settings()

    for url in (f"sqlite+aiosqlite:///{tmp_path}/x.sqlite3", "postgresql+asyncpg://h/x"):
        monkeypatch.setenv("DATABASE_URL", url)
        load_settings()
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATA_DIR is needed"):
        load_settings().require_data_dir()
