"""The ``.env`` file, as editors and shells of several systems write it."""

from pathlib import Path

import pytest

from notion_gateway.settings import ConfigurationError, load_settings

LINE = "GATEWAY_AUDIENCE=b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher\n"


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GATEWAY_AUDIENCE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_whatever_the_editor_that_wrote_it(encoding: str, end: str) -> None:
    Path(".env").write_bytes(LINE.replace("\n", end).encode(encoding))

    assert load_settings().gateway_audience == "b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le", "utf-16-be", "utf-32"])
def test_one_that_cannot_be_told_is_refused_in_words(encoding: str) -> None:
    Path(".env").write_bytes(LINE.encode(encoding))

    with pytest.raises(ConfigurationError, match=r"\.env file .*save it as UTF-8"):
        load_settings()


def test_so_is_a_folder_of_that_name() -> None:
    Path(".env").mkdir()

    with pytest.raises(ConfigurationError, match=r"\.env file cannot be read"):
        load_settings()
