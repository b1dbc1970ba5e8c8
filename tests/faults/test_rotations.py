"""Keys rotate while callers work."""

from pathlib import Path

import pytest

from tests.faults.rotations import run_rotations
from tests.support.figures import Figure

pytestmark = pytest.mark.thorough


@pytest.mark.promise("threats:49")
def test_while_keys_rotate_no_call_fails_and_every_secret_moves_on(
    tmp_path: Path, figure: Figure
) -> None:
    result = run_rotations(tmp_path, rotations=2, callers=16)
    assert result.kept, result
    assert result.rotations == 2
    assert result.rewrapped > 0
    assert result.refreshes >= 8
    words = "{} rotations, {:,} calls meanwhile: {} failed"
    figure(words, result.rotations, result.answers.total(), result.failed)


def test_a_gateway_that_does_not_follow_the_rotation_fails_its_callers(tmp_path: Path) -> None:
    result = run_rotations(tmp_path, rotations=1, callers=4, following=False)
    assert result.answers[200] > 0
    assert result.failed > 0
    assert not result.kept
