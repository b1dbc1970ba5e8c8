"""The way to Notion stalls, cuts, repeats; or Notion is slow: no grant is lost that can be kept."""

from pathlib import Path

import pytest

from tests.faults.stalls import WAYS, Way, a_round, connect, stalled
from tests.support.figures import Figure

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:63")]

GRANTS = 3
NOT_TO_BE_KEPT: dict[Way, str] = {
    "cut": "it was on its way when the path failed, and its answer is lost",
    "twice": "the path repeats what it delivers, and a strict server takes that for a replay",
}
"""Where no retry is tolerated."""


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("way", WAYS)
async def test_where_one_retry_is_tolerated_nothing_is_lost(
    way: Way, replicas: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    async with stalled(tmp_path, monkeypatch, replicas=replicas) as there:
        spaces = await connect(there, GRANTS)
        ends = await a_round(there, spaces, way)
        assert ends == {"kept": GRANTS}
        words = "{} grants renewed on stalled paths, where one retry is tolerated: {} lost"
        figure(words, ends.total(), ends["lost"])


@pytest.mark.parametrize("way", WAYS)
async def test_where_none_is_tolerated_only_that_is_lost_whose_answer_is(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stalled(tmp_path, monkeypatch, replicas=3, rotation="strict") as there:
        spaces = await connect(there, GRANTS)
        expected = {"lost": GRANTS} if way in NOT_TO_BE_KEPT else {"kept": GRANTS}
        assert await a_round(there, spaces, way) == expected


@pytest.mark.parametrize("way", ["hold", "slow"])
async def test_one_redemption_is_under_way_at_a_time_however_many_ask(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stalled(tmp_path, monkeypatch, replicas=3) as there:
        spaces = await connect(there, 1)
        await a_round(there, spaces, way)
        assert there.path.redemptions == 2, "one for the stall, one to look afterwards"


@pytest.mark.parametrize(("way", "seconds"), [("hold", 2.5), ("cut", 1.5), ("slow", 3.0)])
async def test_given_up_after_a_moment_and_tried_again_grants_are_lost(
    way: Way, seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control, where one retry is tolerated. The stall ends during the second try, unless the
    machine is too busy just then: so there are a few rounds.
    """
    lost = 0
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with stalled(folder, monkeypatch, patient=False) as there:
            lost += (await a_round(there, await connect(there, GRANTS), way, seconds))["lost"]
        if lost:
            return
    pytest.fail("no grant was lost")
