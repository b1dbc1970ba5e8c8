"""Several gateway processes on one database, every caller finding an expired token at once."""

from pathlib import Path

import pytest

from tests.faults.rounds import run_rounds
from tests.support.databases import PostgresServer
from tests.support.figures import Figure

pytestmark = pytest.mark.thorough

ROUNDS = 2
TOLD = "{} rounds of {} callers at {} gateways: {} redemptions"


@pytest.mark.promise("threats:3", "threats:52")
def test_two_processes_on_one_sqlite_file_redeem_once_a_round(
    tmp_path: Path, figure: Figure
) -> None:
    result = run_rounds(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}", ROUNDS)
    figure(TOLD, ROUNDS, 200, 2, result.redemptions, promise="threats:52")
    assert result.kept(ROUNDS, 200), result


@pytest.mark.promise("threats:3")
def test_three_processes_on_postgresql_redeem_once_a_round(
    tmp_path: Path, postgres: PostgresServer, figure: Figure
) -> None:
    result = run_rounds(tmp_path, postgres.url(), ROUNDS, count=3)
    figure(TOLD, ROUNDS, 200, 3, result.redemptions)
    assert result.kept(ROUNDS, 200), result


def test_without_lease_and_versions_the_same_rounds_fail(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'gateway.sqlite3'}"
    result = run_rounds(tmp_path, url, 1, "--without-guards", at_once=2)
    assert not result.kept(1, 200)
    assert result.refused > 0
    assert set(result.answers) != {"200"}
