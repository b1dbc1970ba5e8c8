"""Keys rotate and gateways restart one by one, under load and with streams open."""

from pathlib import Path

import pytest

from tests.faults.deploys import run_deploys

pytestmark = [pytest.mark.alone, pytest.mark.thorough]

STREAMS = 20


@pytest.mark.promise("threats:48", "threats:49")
def test_a_rotation_and_a_rolling_restart_fail_no_call_and_cut_no_stream(tmp_path: Path) -> None:
    result = run_deploys(tmp_path, callers=4, streams=STREAMS, rotations=1, restarts=1)
    assert result.kept(STREAMS), result
    assert result.fleet.answers["200"] > 0 < result.keys.rewrapped
    assert result.fleet.restarts == 2
    assert result.streams.ended >= STREAMS, "each gateway's streams, when it stopped"


def test_gateways_that_are_killed_cut_their_streams(tmp_path: Path) -> None:
    result = run_deploys(tmp_path, callers=4, streams=STREAMS, rotations=0, restarts=1, killed=True)
    assert result.streams.cut > 0
    assert not result.kept(STREAMS)
