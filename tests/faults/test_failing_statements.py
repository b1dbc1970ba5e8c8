"""A fifth of all statements fails at random, and no refresh token is lost."""

from pathlib import Path

import pytest

from tests.faults.failing_statements import Result, fail_statements
from tests.faults.places import new_database, on
from tests.support.databases import PostgresServer
from tests.support.figures import Figure

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]


def one_round(result: Result) -> bool:
    return result.rounds == 1


def assert_nothing_was_lost(result: Result) -> None:
    assert result.unsent > 0 < result.unanswered
    assert result.told["store_unavailable"] > 0
    assert result.kept, result
    # By two gateways at once each, and once more in the end.
    assert result.redemptions == {"ok": 2 * result.spaces}


@pytest.mark.promise("threats:7")
async def test_while_a_fifth_of_statements_fails_on_sqlite_every_pair_is_kept(
    tmp_path: Path, figure: Figure
) -> None:
    result = await fail_statements(tmp_path, one_round)
    figure(
        f"{result.unsent + result.unanswered} of {result.statements} statements failed:"
        f" {result.redemptions['ok']} pairs redeemed, none lost"
    )
    assert_nothing_was_lost(result)


@pytest.mark.promise("threats:7")
async def test_while_a_fifth_of_statements_fails_on_postgresql_every_pair_is_kept(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    own = on(postgres.url(await new_database(postgres)))
    assert_nothing_was_lost(await fail_statements(tmp_path, one_round, **own))


async def test_without_retries_of_the_append_pairs_are_lost(tmp_path: Path) -> None:
    result = await fail_statements(tmp_path, lambda _: False, retries=False)
    assert result.lost
    assert not result.kept
    assert result.redemptions["invalid_grant"] > 0
