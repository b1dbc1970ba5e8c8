"""A loop and nine people who share one grant's calls, by the rules of both sides."""

import pytest

from bench.budget import by_rules, first_come
from notion_gateway.budget.rules.turns import Order, least_used_first


@pytest.mark.parametrize("limit", [60, 180])
def test_nine_people_lose_nothing_to_a_loop_and_hardly_a_call_is_left_unused(limit: int) -> None:
    shared = by_rules("", least_used_first, limit=limit, minutes=10, wait_seconds=30.0)
    assert all(one.answered >= 25 for one in shared.people)
    assert shared.lost == 0
    assert shared.longest_wait < 10
    assert shared.of_granted >= 0.95


def test_without_shares_they_lose_calls() -> None:
    """The control: fifty calls of the loop wait before each of theirs, for longer than is set."""
    order: Order = first_come
    shared = by_rules("", order, limit=60, minutes=10, wait_seconds=30.0)
    assert shared.of_granted >= 0.95
    assert shared.lost > shared.loop.answered // 100
    assert all(one.lost for one in shared.people)
