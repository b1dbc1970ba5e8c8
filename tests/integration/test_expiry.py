"""How long a grant lasts, by the rules alone and as the status shows it."""

from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path

import pytest

from notion_gateway.integration.grant_figures import IDLE_LIMIT_DAYS
from notion_gateway.integration.idle_grants import IDLE_SECONDS
from notion_gateway.integration.rules.commands import (
    Command,
    CompleteRefresh,
    Connect,
    Disconnect,
    RefuseRefresh,
    StartRefresh,
)
from notion_gateway.integration.rules.expiry import (
    Limit,
    RenewalOutcome,
    days_until,
    expiry_of,
    last_renewal,
)
from notion_gateway.integration.rules.integration import Integration
from tests.support.rig import a_rig
from tests.support.samples import NOW, grant, pair

DAY = timedelta(days=1)
A, B = pair("a").refresh_token_sha256, pair("b").refresh_token_sha256


def after(*commands: Command, at: datetime = NOW) -> Integration:
    def step(state: Integration, command: Command) -> Integration:
        return reduce(Integration.apply, state.decide(command, at), state)

    return reduce(step, commands, Integration("space"))


CONNECT = Connect(grant("p1"), pair("a"))


def renewed(days: int) -> Integration:
    issued_at = NOW + days * DAY
    state = after(CONNECT)
    command = CompleteRefresh("p1", A, pair("b", issued_at=issued_at))
    return reduce(Integration.apply, state.decide(command, issued_at), state)


def test_a_renewal_moves_the_idle_limit_and_not_the_absolute_one() -> None:
    for state, used in ((after(CONNECT), 0), (renewed(12), 12)):
        found = expiry_of(state)
        assert found is not None
        assert days_until(found.absolute_limit_at, NOW) == 180
        assert days_until(found.idle_limit_at, NOW) == 30 + used
        assert days_until(found.used_at, NOW) == used


@pytest.mark.parametrize(
    ("used", "now", "limit", "days"),
    [
        (0, 0, Limit.ABSOLUTE, 180),
        (0, 20.9, Limit.ABSOLUTE, 180),  # it is the gateway's turn to renew it, not a person's
        (0, 21, Limit.IDLE, 30),
        (0, 40, Limit.IDLE, 30),
        (149, 171, Limit.IDLE, 179),
        (155, 177, Limit.ABSOLUTE, 180),  # which comes first
    ],
)
def test_a_person_is_needed_at_the_absolute_limit_or_where_renewals_are_overdue(
    used: int, now: float, limit: Limit, days: int
) -> None:
    found = expiry_of(renewed(used) if used else after(CONNECT))
    assert found is not None
    assert found.person_needed(NOW + now * DAY) == (limit, NOW + days * DAY)


def test_without_a_grant_in_use_nothing_expires() -> None:
    refused = after(CONNECT, RefuseRefresh("p1", A, "invalid_grant"))
    for state in (Integration("space"), refused, after(CONNECT, Disconnect("ann"))):
        assert expiry_of(state) is None


def test_the_last_renewals_outcome_is_the_newest_ones() -> None:
    begun = after(CONNECT, StartRefresh("p1", A))
    assert last_renewal(after(CONNECT)) is None
    assert last_renewal(begun) is RenewalOutcome.UNKNOWN
    assert last_renewal(renewed(1)) is RenewalOutcome.RENEWED
    refused = after(CONNECT, StartRefresh("p1", A), RefuseRefresh("p1", A, "invalid_grant"))
    assert last_renewal(refused) is RenewalOutcome.REFUSED


def test_metrics_and_idle_renewals_go_by_the_same_limits() -> None:
    found = expiry_of(after(CONNECT))
    assert found is not None
    assert found.idle_limit_at - found.used_at == IDLE_LIMIT_DAYS * DAY
    assert timedelta(seconds=IDLE_SECONDS) < IDLE_LIMIT_DAYS * DAY


@pytest.mark.anyio
async def test_the_status_counts_the_days_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch) as rig:
        assert (await rig.caller.status("space"))["expiry"] is None
        await rig.caller.connect("space")
        first = (await rig.caller.status("space"))["expiry"]
        rig.clock.skip(10 * 24 * 3600)
        later = (await rig.caller.status("space"))["expiry"]
    for name, days in (("absolute_limit", 180), ("idle_limit", 30), ("person_needed", 180)):
        assert first[f"days_to_{name}"] == pytest.approx(days, abs=0.01)
        assert later[f"days_to_{name}"] == pytest.approx(days - 10, abs=0.01)
        assert first[f"{name}_at"] == later[f"{name}_at"]
