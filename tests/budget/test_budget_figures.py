"""What of their limits grants use, for the metrics, by a clock that the test turns."""

import pytest

from notion_gateway.budget.budgets import Budgets
from notion_gateway.budget.rules.exhausted import Grant
from notion_gateway.budget.rules.pace import Sharer
from notion_gateway.budget.rules.refusal import Refusal
from notion_gateway.budget.rules.space_budget import Bounds
from notion_gateway.kernel.clock import SystemClock

pytestmark = pytest.mark.anyio


async def test_used_and_granted_are_of_paced_grants_whose_limit_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("notion_gateway.budget.budgets.steady_seconds", lambda: now)
    budgets = Budgets(Bounds(30.0, 100), SystemClock(), lambda _: None)
    birch, maple = Grant("birch", "p-1"), Grant("maple", "p-2")
    assert budgets.used_and_granted == (0, 0)
    budgets.refused_there(birch, Refusal(0.0))
    now = 40.0
    for _ in range(3):
        (await budgets.turn(birch, Sharer("ada"))).granted()
    assert budgets.used_and_granted == (0, 0), "nobody knows of how many"
    now = 70.0
    budgets.refused_there(birch, Refusal(0.0))
    budgets.refused_there(maple, Refusal(0.0))
    assert budgets.used_and_granted == (3, 3)
    now = 110.0
    assert budgets.used_and_granted == (0, 3)
