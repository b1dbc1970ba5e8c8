"""PostgreSQL's primary dies and its standby takes over: nothing that was acknowledged is lost."""

from pathlib import Path

import pytest

from tests.faults.failover import fail_over
from tests.faults.people import PASSING
from tests.support.figures import Figure

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]


@pytest.mark.alone
@pytest.mark.promise("threats:15")
async def test_with_a_synchronous_standby_a_dead_primary_costs_nothing_that_was_acknowledged(
    servers_folder: Path, figure: Figure
) -> None:
    result = await fail_over(servers_folder, callers=8)
    figure(
        f"{result.kept} of {result.acknowledged} kept; promoted after"
        f" {result.promoted_seconds:.1f} s, all renewed after {result.recovered_seconds:.1f} s"
    )
    assert set(result.steady) == {"200"}, "what is in memory needs no database"
    assert set(result.renewing) <= {"200", *PASSING}
    assert result.afterwards == {"200": 5}
    assert result.kept == result.acknowledged > 5
    assert result.recovered_seconds < 30


async def test_with_an_asynchronous_standby_what_was_acknowledged_last_is_lost(
    servers_folder: Path,
) -> None:
    result = await fail_over(servers_folder, callers=8, synchronous=False)
    assert result.kept < result.acknowledged
    assert result.renewing["reconnect_required"] > 0
