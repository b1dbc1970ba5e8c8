"""Keys rotate and gateways restart one by one, under load and with streams open."""

from pathlib import Path

import pytest

from tests.faults.deploys import run_deploys

pytestmark = [pytest.mark.alone, pytest.mark.thorough]

STREAMS = 20


@pytest.mark.promise("threats:48", "threats:49")
def test_a_rotation_and_a_rolling_restart_fail_no_call_and_cut_no_stream(tmp_path: Path) -> None:
    result = run_deploys(tmp_path, callers=4, streams=STREAMS, rotations=1, restarts=1)
    assert set(result.fleet.answers) == {"200"}
    assert (result.keys.unreadable, result.keys.left_behind) == (0, 0)
    assert result.keys.rewrapped > 0
    assert (result.fleet.restarts, result.open) == (2, STREAMS)
    assert result.streams.ended >= STREAMS, "each gateway's streams, when it stopped"
    assert (result.streams.cut, dict(result.streams.refused)) == (0, {})


def test_gateways_that_are_killed_cut_their_streams(tmp_path: Path) -> None:
    result = run_deploys(tmp_path, callers=4, streams=STREAMS, rotations=0, restarts=1, killed=True)
    assert result.streams.cut > 0
