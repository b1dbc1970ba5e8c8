"""A new key for several gateways on PostgreSQL: in two phases nobody notices, in one they do."""

from pathlib import Path

import pytest

from tests.faults.rollout import run_rollout
from tests.support.databases import PostgresServer

pytestmark = pytest.mark.thorough


@pytest.mark.promise("threats:49")
def test_a_new_key_in_two_phases_fails_no_call_and_the_old_one_can_go(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    result = run_rollout(tmp_path, postgres, callers=8)
    assert set(result.answers) == {"200"}
    assert result.restarts == 6
    assert (result.unreadable, result.key_uses) == (0, {"old": 0, "new": 10})
    assert result.rewrapped >= 2, "of the space that nobody called meanwhile"
    assert result.refreshes >= 12


def test_in_one_step_the_gateway_that_has_not_got_it_yet_fails_its_callers(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    result = run_rollout(tmp_path, postgres, callers=8, one_step=True)
    assert result.answers["200"] > 0
    assert result.answers["secret_unreadable"] > 0
