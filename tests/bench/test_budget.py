"""A loop and nine people who share one grant's calls, by the rules of both sides."""

from pathlib import Path

import pytest

from bench.budget import Known, Placed, by_rules, first_come, from_the_first, loop_apart, mixed
from bench.budget_over_sockets import over_sockets
from bench.shared_budget import Habit, Limited
from notion_gateway.budget.rules.space_budget import Bounds
from notion_gateway.budget.rules.turns import Order, least_used_first


@pytest.mark.parametrize("limit", [60, 180])
def test_nine_people_lose_nothing_to_a_loop_and_hardly_a_call_is_left_unused(limit: int) -> None:
    shared = by_rules("", Limited(limit, Bounds(30.0, 200)), least_used_first, windows=10)
    assert all(one.answered >= 25 for one in shared.people)
    assert shared.lost == 0
    assert shared.longest_wait < 10
    assert shared.of_granted >= 0.95


@pytest.mark.parametrize("placed", [loop_apart, mixed], ids=["loop apart", "mixed"])
def test_they_lose_nothing_either_where_processes_learn_for_themselves(placed: Placed) -> None:
    shared = by_rules("", Limited(60, Bounds(30.0, 200)), least_used_first, 10, placed)
    assert all(one.answered >= 25 for one in shared.people)
    assert shared.lost == 0
    assert shared.of_granted >= 0.95


def test_once_a_window_was_counted_they_lose_nothing_more() -> None:
    """Loop and people begin together, where nobody knows yet what is granted."""
    limited = Limited(60, Bounds(30.0, 200))
    first, later = (from_the_first("", limited, windows) for windows in (2, 5))
    assert 0 < later.lost == first.lost <= 9 * 3
    answered = [sum(each.answered for each in one.people) for one in (first, later)]
    assert answered[1] - answered[0] >= 9 * 8
    assert later.of_granted >= 0.95


def test_a_limit_that_was_kept_makes_a_start_cheaper_and_free_after_lately_waiting() -> None:
    """The control is the start at which nothing is known."""
    limited = Limited(60, Bounds(30.0, 200))
    forgotten, kept, paced = (from_the_first("", limited, 5, known=one) for one in Known)
    assert forgotten.lost > kept.lost > paced.lost == 0
    assert paced.longest_wait < 10
    assert paced.of_granted >= 0.95


def test_without_shares_they_lose_calls() -> None:
    """The control: fifty calls of the loop wait before each of theirs, for longer than is set."""
    order: Order = first_come
    shared = by_rules("", Limited(60, Bounds(30.0, 200)), order, windows=10)
    assert shared.of_granted >= 0.95
    assert shared.lost > shared.loop.answered // 100
    assert all(one.lost for one in shared.people)


def test_over_sockets_a_real_gateway_stands_before_a_notion_that_grants_so_much(
    tmp_path: Path,
) -> None:
    """Two of them, in tiny counts, so that it keeps working. How much is shared, its table says."""
    limited = Limited(5, Bounds(30.0, 200, window_seconds=1.0))
    loop, person = Habit("loop", at_a_time=10, pause=0.0), Habit("person", 1, 0.1, process=1)
    run = over_sockets(tmp_path / "run", [loop, person], limited, 3)
    every = run.outcomes.values()
    assert run.of(loop).asked >= 10
    assert run.of(person).asked >= 1
    assert sum(one.answered for one in every) == run.granted.total() >= 1
    assert all(one.answered == len(one.waits) for one in every)
