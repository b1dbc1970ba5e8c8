"""The search that ends every run would find a token, wherever it lay."""

import sqlite3
from pathlib import Path

import pytest

from tests.support.leaks import files_with_tokens

# Put together here, so that the search does not find this file's own copies.
TOKEN = ":".join(["3f2a8c1e-0000-4000-8000-00000000000a", "A1" * 8, "b2" * 16])


@pytest.mark.promise("threats:18")
def test_a_token_in_a_log_or_a_database_is_found(tmp_path: Path) -> None:
    (tmp_path / "clean.log").write_text("nothing to see")
    leaks = [tmp_path / "a" / "gateway.log", tmp_path / "b.sqlite3"]
    leaks[0].parent.mkdir()
    leaks[0].write_text(f'{{"detail": "Bearer {TOKEN}"}}')
    with sqlite3.connect(leaks[1]) as database:
        database.execute("CREATE TABLE events (data TEXT)")
        database.execute("INSERT INTO events VALUES (?)", (TOKEN,))
    database.close()
    assert sorted(files_with_tokens(tmp_path)) == sorted(leaks)
    for leak in leaks:
        leak.unlink()  # or the search at the end of this very run would find them


def test_the_search_knows_the_folder_of_the_run(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It asks for a private part of pytest's, and would search nothing where that is gone."""
    assert getattr(pytestconfig, "_tmp_path_factory", None) is tmp_path_factory
